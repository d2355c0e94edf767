import Allocation
import Datasets
package import Files
import Foundation
import Graphs
import MixQuantKit
import Quantization
import Reconstruction
import Reports

extension Experiment {
  /// The settings of the comparison, one statement each.
  package var introduction: [String] {
    let r = design.recipe.reconstruction
    return [
      "calibrate  \(design.calibrationDescription)"
    ] + (calibration.first?.images.notes ?? [])
      + [
        "rule       "
          + design.recipe.rules.description(
            activationBits: design.recipe.activationBits, arePlanned: design.activations != nil),
        design.methods.contains(where: \.learns)
          ? "recipe     \(r.name) for every network: \(r.weightSteps) steps of \(r.batch) images, loss "
            + r.loss.rawValue : nil,
        "compare    \(design.contestants.joined(separator: ", "))",
        "by         \(design.methods.map(\.rawValue).joined(separator: ", "))",
        "at most    "
          + zip(design.targetBits, budgets).map { "\($1) bytes (\($0) bits)" }
          .joined(separator: ", ")
          + (design.activations.map { ", activations \($0.averageBits) bits on average" } ?? ""),
        "cells      \(design.cells.count) at most; equal work is done once",
      ].compactMap(\.self)
  }
}

/// Every contestant's plan at each budget for the first seed, for people and as JSON.
package struct ExperimentOutline: JSONRepresentable, Sendable {
  private let experiment: Experiment
  /// One per contestant at each target of the design.
  private let plans: [[BitPlan]]
  private let sites: [String]?

  private var design: ExperimentDesign { experiment.design }
  private var layers: [WeightLayer] { experiment.model.network.weightLayers }

  /// Makes the plans; throws if one cannot be made.
  package init(_ experiment: Experiment) throws {
    self.experiment = experiment
    plans = try experiment.firstPlans()
    sites = experiment.design.activations.map { _ in experiment.model.network.sites }
  }

  /// Returns a table per budget, with a column per contestant, for a terminal of `width` columns.
  package func text(width: Int) -> String {
    let rows =
      layers.map { (name: $0.name, count: String($0.weightCount)) }
      + (sites ?? []).map { (name: "activations at \($0)", count: "") }
      + [(name: "bytes of the file", count: "")]
    let tables = design.targetBits.indices.map { target in
      let table = Table(
        rows.enumerated(),
        [.words("layer") { $0.element.name }, .number("weights") { $0.element.count }]
          + zip(design.contestants, plans[target]).map { contestant, plan in
            let widths = plan.bitWidths + plan.activations.map(\.bitWidth)
            let cells = widths.map(\.description) + ["\(experiment.bytes(plan))"]
            return .number(contestant) { cells[$0.offset] }
          })
      return "\(design.targetBits[target]) bits, \(experiment.budgets[target]) bytes\n"
        + table.text(width: width)
    }
    return tables.joined(separator: "\n\n")
  }

  package var jsonObject: JSONObject {
    let budgets = plans.indices.map { target -> JSONObject in
      let entries = zip(design.contestants, plans[target]).map { contestant, plan -> JSONObject in
        [
          "contestant": contestant, "bits": plan.bitWidths,
          "activation_bits": sites.map { _ in plan.activations.map(\.bitWidth) },
          "bytes": experiment.bytes(plan),
        ]
      }
      return [
        "target_bits": design.targetBits[target], "bytes": experiment.budgets[target],
        "plans": entries,
      ]
    }
    return [
      "design": design, "layers": layers.map(\.name), "sites": sites, "budgets": budgets,
    ]
  }
}
