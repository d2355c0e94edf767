import Checkpoints
import Datasets
package import Foundation
import Quantization
import Reconstruction
package import Tensors

extension Comparison {
  private func bytes(_ plan: BitWidthAssignment) -> Int {
    plan.payloadBytes(granularity: recipe.weights.granularity)
  }

  private func averageBits(_ plan: BitWidthAssignment) -> String {
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

  /// The files that `write` puts into a folder.
  package static let fileNames =
    ["comparison.json", "comparison.md", "plan-alone.json", "plan-mixquant.json"]
    + QuantizationMethod.allCases.flatMap { [$0.rawValue, "mixquant+\($0.rawValue)"] }
    .map { "\($0).safetensors" }

  /// Writes the table as JSON and Markdown, both plans, and every packed file into a folder that appears
  /// only when all of it is there; throws `cannotWrite`.
  package func write(
    _ result: ComparisonResult, to folder: URL, overwriting: Bool
  ) throws(InputError) {
    try AtomicFolder.write(to: folder, overwriting: overwriting) { staging throws(InputError) in
      func write(_ text: String, _ name: String) throws(InputError) {
        try AtomicFile.write(
          Data(text.utf8), to: staging.appending(path: name), overwriting: false)
      }
      try write(json(result.summary, isPretty: true), "comparison.json")
      try write(result.table.markdown + "\n\n" + result.verdict + "\n", "comparison.md")
      try write(uniform.json, "plan-alone.json")
      try write(mixQuant.json, "plan-mixquant.json")
      for (name, packed) in result.files {
        try packed.encoded.write(
          to: staging.appending(path: "\(name).safetensors"), overwriting: false)
      }
    }
  }
}
