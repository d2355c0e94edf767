internal import Checkpoints
internal import Datasets
internal import Foundation
internal import Networks
package import Quantization
internal import Reconstruction
package import Tensors

/// BRECQ alone against MixQuant followed by BRECQ, and both against rounding to nearest, at equal bytes.
///
/// One recipe value serves all rows; only plan and method differ between them.
package struct Comparison: Sendable {
  package let model: CheckpointModel
  /// `method` is set by each row; everything else is shared.
  package let recipe: QuantizationRecipe
  /// Every layer at the target, or at the two widths around it.
  package let uniform: BitWidthAssignment
  /// MixQuant's plan at no more than the uniform plan's bytes.
  package let mixQuant: BitWidthAssignment
  let images: CalibrationSet
  let evaluator: Evaluator
  let workers: Workers

  package init(
    model: CheckpointModel, recipe: QuantizationRecipe, targetBits: Double,
    measure: ErrorMeasure = .init(), images: CalibrationSet, evaluator: Evaluator,
    workers: Workers
  ) throws(InputError) {
    self.model = model
    self.recipe = recipe
    self.images = images
    self.evaluator = evaluator
    self.workers = workers
    uniform = try BitWidthAssignment.twoWidth(
      averageBits: targetBits, network: model.network, rules: recipe.rules)
    let planner = Planner(
      model, measure: measure, rules: recipe.rules, quantizer: recipe.weights, workers: workers)
    let bytes = uniform.payloadBytes(granularity: recipe.weights.granularity)
    mixQuant = try planner(.budget(.payloadBytes(bytes))).plan
  }

  /// Whether MixQuant had no choice.
  package var plansAreEqual: Bool { uniform.bitWidths == mixQuant.bitWidths }

  /// One row's name, plan and recipe.
  package struct Contestant: Sendable {
    package let name: String
    package let plan: BitWidthAssignment
    package let recipe: QuantizationRecipe
  }

  /// The quantized rows in the order of the table.
  package var contestants: [Contestant] {
    QuantizationMethod.allCases.flatMap { method in
      var recipe = recipe
      recipe.method = method
      return [
        Contestant(name: method.rawValue, plan: uniform, recipe: recipe),
        Contestant(name: "mixquant+\(method.rawValue)", plan: mixQuant, recipe: recipe),
      ]
    }
  }

  /// Quantizes and scores every row. What is scored is each row's packed file, encoded and read again.
  package func callAsFunction(
    progress: (ComparisonEvent) -> Void = { _ in }
  ) throws -> ComparisonResult {
    progress(.began("full-precision"))
    let reference = try evaluator(model.network) { progress(.evaluating(done: $0, of: $1)) }
    try requireBetterThanChance(
      reference.predictions.accuracy, classCount: model.network.classCount, at: "the images")
    var rows = [
      ComparisonRow(
        fullPrecision: reference.predictions, of: model, seconds: reference.seconds)
    ]
    progress(.finished(rows[0]))
    var files: [String: PackedModel] = [:]
    var predictions: [String: Predictions] = [:]
    var earlier: [(contestant: Contestant, row: ComparisonRow)] = []
    for contestant in contestants {
      progress(.began(contestant.name))
      if let same = earlier.first(where: {
        $0.contestant.plan.bitWidths == contestant.plan.bitWidths
          && $0.contestant.recipe == contestant.recipe
      }) {
        rows.append(same.row.renamed(contestant.name))
        files[contestant.name] = files[same.contestant.name]
        predictions[contestant.name] = predictions[same.contestant.name]
      } else {
        let (packed, seconds) = try quantize(contestant, progress: progress)
        let scored = try evaluator(packed.network) { progress(.evaluating(done: $0, of: $1)) }
        let row = ComparisonRow(
          name: contestant.name, scored.predictions, reference: reference.predictions,
          packed: packed, seconds: seconds)
        rows.append(row)
        files[contestant.name] = packed
        predictions[contestant.name] = scored.predictions
        earlier.append((contestant, row))
      }
      progress(.finished(rows[rows.count - 1]))
    }
    let p = predictions["brecq"].flatMap { alone in
      predictions["mixquant+brecq"].map { Statistics.mcNemar(alone, $0) }
    }
    return ComparisonResult(rows: rows, pValue: p ?? 1, files: files, skipped: reference.skipped)
  }

  private func quantize(
    _ contestant: Contestant, progress: (ComparisonEvent) -> Void
  ) throws -> (packed: PackedModel, seconds: Double) {
    let clock = ContinuousClock()
    let start = clock.now
    let quantizer = Quantizer(
      model.network, recipe: contestant.recipe, images: images, workers: workers)
    let quantized = try quantizer(plan: contestant.plan) { progress(.quantizing($0)) }
    let seconds = (clock.now - start).seconds
    let packed = try PackedModel(
      quantized.network, plan: contestant.plan, of: model, transform: evaluator.transform,
      recipe: contestant.recipe, calibration: images)
    let encoded = packed.encoded.encoded
    let read = try SafetensorsFile(encoded, place: contestant.name)
    return (try PackedModel(read, at: contestant.name), seconds)
  }
}

/// What a comparison tells while it works.
package enum ComparisonEvent: Sendable {
  case began(String)
  case quantizing(QuantizationEvent)
  case evaluating(done: Int, of: Int)
  case finished(ComparisonRow)
}
