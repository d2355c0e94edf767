package import Datasets
package import Foundation
internal import Networks
package import Quantization
package import Reconstruction
package import Tensors

/// One quantization from a checkpoint to a packed model: what `mixq quantize` does.
package struct QuantizationRun: Sendable {
  let model: CheckpointModel
  let recipe: QuantizationRecipe
  let plan: BitWidthAssignment
  let images: CalibrationSet
  let transform: TransformChoice
  let workers: Workers

  package init(
    model: CheckpointModel, recipe: QuantizationRecipe, plan: BitWidthAssignment,
    images: CalibrationSet, transform: TransformChoice, workers: Workers
  ) {
    self.model = model
    self.recipe = recipe
    self.plan = plan
    self.images = images
    self.transform = transform
    self.workers = workers
  }

  /// The units that reconstruction visits: every block, and the head.
  package var unitCount: Int { model.network.blocks.count + 1 }

  /// What was chosen and why, one statement each.
  package var introduction: [String] {
    [
      "model      \(model.url.lastPathComponent): \(Model.checkpoint(model).description)",
      "images     \(images.images.items.count) drawn by seed \(recipe.seed)",
      "transform  \(transform.transform.description) (\(transform.reason))",
      "plan       \(plan.rule): "
        + String(
          format: "%.3f bits over all layers, %.3f over those the plan may change",
          plan.averageBits(), averageFreeBits),
      "rule       \(recipe.rules.description(activationBits: recipe.activationBits))",
      "method     \(methodDescription)",
    ]
  }

  private var methodDescription: String {
    let weights =
      "\(recipe.weights.granularity.rawValue), \(recipe.weights.symmetry.rawValue), "
      + "\(recipe.weights.range.rawValue) range"
    guard recipe.method == .brecq else { return "nearest (\(weights))" }
    let r = recipe.reconstruction
    return "brecq (\(weights)), recipe \(r.name): \(r.weightSteps) steps of \(r.batch) images, "
      + "loss \(r.loss.rawValue)"
      + (recipe.activationBits == nil ? "" : ", then \(r.activationSteps) on activations")
  }

  private var averageFreeBits: Double {
    let pinned = recipe.rules.pinned(in: model.network)
    return plan.averageBits { pinned[$0.name] == nil }
  }

  /// What a dry run prints: the plan by layer and its size.
  package var planTable: String {
    var table = Table([("layer", .left), ("weights", .right), ("bits", .right)])
    for (layer, bits) in zip(plan.layers, plan.bitWidths) {
      table.append([layer.name, String(layer.weightCount), bits.description])
    }
    let bytes = plan.payloadBytes(granularity: recipe.weights.granularity)
    return table.text + "\n\nsize  \(bytes) bytes of codes, scales, zero points and biases"
  }

  /// The same as JSON.
  package struct Outline: Codable, Sendable {
    let recipe: QuantizationRecipe
    let layers: [String]
    let bits: [BitWidth]
    let bytes: Int
  }

  package var outline: Outline {
    Outline(
      recipe: recipe, layers: plan.layers.map(\.name), bits: plan.bitWidths,
      bytes: plan.payloadBytes(granularity: recipe.weights.granularity))
  }

  /// Compares the folded network with the unfolded one on a batch of calibration images.
  package func selfCheck() throws -> String {
    try Evaluator(
      images: images.images, transform: transform.transform, classes: [], workers: workers,
      skipBadImages: images.skipBadImages
    ).selfCheck(of: model)
  }

  package func callAsFunction(
    progress: (QuantizationEvent) -> Void = { _ in }
  ) throws -> QuantizationOutcome {
    let clock = ContinuousClock()
    let start = clock.now
    let quantizer = Quantizer(model.network, recipe: recipe, images: images, workers: workers)
    let (network, reports) = try quantizer(plan: plan, progress: progress)
    let packed = try PackedModel(
      network, plan: plan, of: model, transform: transform.transform, recipe: recipe,
      calibration: images)
    return QuantizationOutcome(
      packed: packed, reports: reports, seconds: (clock.now - start).seconds,
      threads: workers.count)
  }
}

/// A packed model and how it went.
package struct QuantizationOutcome: Sendable {
  package let packed: PackedModel
  package let reports: [UnitReport]
  let seconds: Double
  let threads: Int

  /// What the run's report holds: also what equal work need not have in common.
  package struct Report: Codable, Sendable {
    let command: [String]
    let seconds: Double
    let threads: Int
    let provenance: Provenance
    let units: [UnitReport]
  }

  package func report(command: [String]) -> Report {
    Report(
      command: command, seconds: seconds, threads: threads, provenance: packed.provenance,
      units: reports)
  }

  /// The stable JSON face.
  package struct Summary: Codable, Sendable {
    let output: String
    let bytes: Int
    let averageBits: Double
    let seconds: Double
    let units: [UnitReport]

    private enum CodingKeys: String, CodingKey {
      case output, bytes, seconds, units
      case averageBits = "average_bits"
    }
  }

  package func summary(file: URL) -> Summary {
    Summary(
      output: file.path, bytes: packed.payloadBytes, averageBits: packed.plan.averageBits(),
      seconds: seconds, units: reports)
  }

  package func text(file: URL) -> String {
    let plan = packed.plan
    let floats = plan.layers.reduce(0) { $0 + $1.weightCount } * 4
    return String(
      format: "%@: %.3f MiB of weights (%.1f times smaller than float32), %.2f bits, %.1f s",
      file.lastPathComponent, Double(packed.payloadBytes) / 1_048_576,
      Double(floats) / Double(packed.payloadBytes), plan.averageBits(), seconds)
  }
}
