import Allocation
import Datasets
package import Files
import Foundation
import Graphs
import MixQuantKit
import Quantization
import Reconstruction
package import Reports

extension Experiment {
  /// The settings that all cells share, one statement each.
  var settings: [String] {
    let r = design.recipe.reconstruction
    return [
      "calibrate  \(design.calibrationDescription)"
    ] + (calibration.first?.images.notes ?? []) + [
      "rule       "
        + design.recipe.rules.description(
          activationBits: design.recipe.activationBits, arePlanned: design.activations != nil),
      "recipe     \(r.name) for every network: \(r.weightSteps) steps of \(r.batch) images, loss "
        + r.loss.rawValue,
    ]
  }

  /// The settings of the comparison, one statement each.
  package var introduction: [String] {
    settings + [
      "compare    \(design.contestants.joined(separator: ", "))",
      "by         \(design.methods.map(\.rawValue).joined(separator: ", "))",
      "at most    "
        + zip(design.targetBits, budgets).map { "\($1) bytes (\($0) bits)" }
        .joined(separator: ", ")
        + (design.activations.map { ", activations \($0.averageBits) bits on average" } ?? ""),
      "cells      \(design.cells.count) at most; equal work is done once",
    ]
  }

  /// Returns a table of every contestant's plan for the first seed, per budget; throws if a plan cannot be
  /// made.
  package func planTables() throws -> [Table] {
    let plans = try firstPlans()
    let layers = model.network.weightLayers.map { (name: $0.name, count: String($0.weightCount)) }
    let sites = (design.activations == nil ? [] : model.network.sites)
      .map { (name: "activations at \($0)", count: "") }
    return design.targetBits.indices.map { target in
      Table(
        caption: "\(design.targetBits[target]) bits, \(budgets[target]) bytes",
        (layers + sites).enumerated(),
        [.words("layer") { $0.element.name }, .number("weights") { $0.element.count }]
          + zip(design.contestants, plans[target]).map { contestant, plan in
            let widths = plan.bitWidths + plan.activations.map(\.bitWidth)
            return .number(contestant) { widths[$0.offset].description }
          })
    }
  }

  /// Returns the design and the same plans as JSON; throws if a plan cannot be made.
  package func outline() throws -> JSONObject {
    let hasActivations = design.activations != nil
    let outlined = try zip(design.targetBits.indices, firstPlans()).map {
      target, plans -> JSONObject in
      let entries = zip(design.contestants, plans).map { contestant, plan -> JSONObject in
        [
          "contestant": contestant, "bits": plan.bitWidths,
          "activation_bits": hasActivations ? plan.activations.map(\.bitWidth) : nil,
          "bytes": bytes(plan),
        ]
      }
      return [
        "target_bits": design.targetBits[target], "bytes": budgets[target], "plans": entries,
      ]
    }
    return [
      "design": design, "layers": model.network.weightLayers.map(\.name),
      "sites": hasActivations ? model.network.sites : nil, "budgets": outlined,
    ]
  }
}
