import Reports
package import MixQuantKit
import Datasets
import Foundation
import Quantization
import Reconstruction

extension Comparison {
  private func bytes(_ plan: BitPlan) -> Int {
    plan.payloadBytes(granularity: recipe.weights.granularity)
  }

  private func averageBits(_ plan: BitPlan) -> String {
    String(
      format: "%.3f bits over all layers, %.3f over those a plan may change",
      plan.averageBits(), plan.averageFreeBits(rules: recipe.rules, in: model.network))
  }

  /// What is compared, one statement each.
  package var introduction: [String] {
    let (own, other) = (bytes(uniform), bytes(mixQuant))
    let r = recipe.reconstruction
    var lines = [
      "calibrate  \(images.images.items.count) images drawn by seed \(recipe.seed)",
      "rule       \(recipe.rules.description(activationBits: recipe.activationBits))",
      "recipe     \(r.name) for every row: \(r.weightSteps) steps of \(r.batch) images, loss "
        + r.loss.rawValue,
      "alone      \(uniform.rule), \(own) bytes, \(averageBits(uniform))",
      "mixquant   \(mixQuant.rule), \(other) bytes, \(averageBits(mixQuant))"
        + String(format: ", %.2f %% of the bytes unused", 100 * Double(own - other) / Double(own)),
    ]
    if plansAreEqual {
      lines.append(
        "note       both plans are the same, so both pairs of rows are: at this target MixQuant "
          + "has no choice")
    }
    return lines
  }

  /// The two plans side by side.
  package var planTable: String {
    var table = Table([
      ("layer", .left), ("weights", .right), ("alone", .right), ("mixquant", .right),
    ])
    for (index, layer) in uniform.layers.enumerated() {
      table.append([
        layer.name, String(layer.weightCount), uniform.bitWidths[index].description,
        mixQuant.bitWidths[index].description,
      ])
    }
    return table.text
  }

  /// What a dry run prints as JSON.
  package struct Outline: Codable, Sendable {
    let recipe: QuantizationRecipe
    let layers: [String]
    let uniformBits: [BitWidth]
    let mixQuantBits: [BitWidth]
    let uniformBytes: Int
    let mixQuantBytes: Int

    private enum CodingKeys: String, CodingKey {
      case recipe, layers
      case uniformBits = "uniform_bits"
      case mixQuantBits = "mixquant_bits"
      case uniformBytes = "uniform_bytes"
      case mixQuantBytes = "mixquant_bytes"
    }
  }

  /// Recipe, plans and sizes.
  package var outline: Outline {
    Outline(
      recipe: recipe, layers: uniform.layers.map(\.name), uniformBits: uniform.bitWidths,
      mixQuantBits: mixQuant.bitWidths, uniformBytes: bytes(uniform),
      mixQuantBytes: bytes(mixQuant))
  }
}
