import Reports
package import MixQuantKit
import Datasets
import Foundation
import Graphs
import Quantization
import Reconstruction

extension Experiment {
  /// The settings that all cells share, one statement each.
  var settings: [String] {
    let r = design.recipe.reconstruction
    return [
      "calibrate  \(design.calibrationDescription)",
      "rule       "
        + design.recipe.rules.description(
          activationBits: design.recipe.activationBits, arePlanned: design.activations != nil),
      "recipe     \(r.name) for every network: \(r.weightSteps) steps of \(r.batch) images, loss "
        + r.loss.rawValue,
    ]
  }

  /// What is compared, one statement each.
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

  /// What a dry run prints: a table of every contestant's plan at each budget, for the first seed.
  package func planTables() throws -> String {
    let outline = try outline()
    let sites = outline.sites
    return outline.budgets.map { budget in
      var table = Table(
        [("layer", .left), ("weights", .right)] + budget.plans.map { ($0.contestant, .right) })
      for (index, layer) in model.network.weightLayers.enumerated() {
        table.append(
          [layer.name, String(layer.weightCount)]
            + budget.plans.map { $0.bits[index].description })
      }
      for (index, site) in (sites ?? []).enumerated() {
        table.append(
          ["activations at \(site)", ""]
            + budget.plans.map { $0.activationBits?[index].description ?? "" })
      }
      return "\(budget.targetBits) bits, \(budget.bytes) bytes\n" + table.text
    }.joined(separator: "\n\n")
  }

  /// What a dry run prints as JSON.
  package struct Outline: Codable, Sendable {
    struct Plan: Codable, Sendable {
      let contestant: String
      let bits: [BitWidth]
      /// One a site, where activations are planned.
      let activationBits: [BitWidth]?
      let bytes: Int

      private enum CodingKeys: String, CodingKey {
        case contestant, bits, bytes
        case activationBits = "activation_bits"
      }
    }
    struct Budget: Codable, Sendable {
      let targetBits: Double
      let bytes: Int
      let plans: [Plan]

      private enum CodingKeys: String, CodingKey {
        case bytes, plans
        case targetBits = "target_bits"
      }
    }
    let design: ExperimentDesign
    let layers: [String]
    /// The sites of activations, where those are planned.
    let sites: [Site]?
    let budgets: [Budget]
  }

  /// The design, and every contestant's plan for the first seed; throws where a plan cannot be made.
  package func outline() throws -> Outline {
    let plans = try firstPlans()
    let outlined = design.targetBits.indices.map { index in
      Outline.Budget(
        targetBits: design.targetBits[index], bytes: budgets[index],
        plans: zip(design.contestants, plans[index]).map { contestant, plan in
          Outline.Plan(
            contestant: contestant, bits: plan.bitWidths,
            activationBits: design.activations == nil ? nil : plan.activations.map(\.bitWidth),
            bytes: self.bytes(plan))
        })
    }
    return Outline(
      design: design, layers: model.network.weightLayers.map(\.name),
      sites: design.activations == nil ? nil : model.network.sites, budgets: outlined)
  }
}
