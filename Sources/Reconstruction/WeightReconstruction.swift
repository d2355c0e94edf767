package import Execution
package import Graphs
package import Quantization
internal import Tensors

/// The result of one unit's reconstruction.
package struct UnitReport: Codable, Sendable, Equatable {
  /// The name of the unit.
  package let unit: String
  /// The error with weights rounded to nearest, or with calibrated grids, on the first `judgedImages` images.
  package let errorBefore: Double
  /// The error of the result, which is never above `errorBefore`.
  package let errorAfter: Double
  /// True if a better result was found and kept.
  package let isImproved: Bool
}

/// The number of images on which the error of a unit is measured: the first calibration images.
package let judgedImages = 256

/// Learns which weights of a unit to round up: BRECQ's weight stage.
///
/// The unit's output should be close to the full-precision output (Li et al., ICLR 2021,
/// algorithm 1).
///
/// - Parameters:
///   - nearest: The weights rounded to nearest.
///   - start: A better rounding from which learning starts, if there is one.
///   - progress: Called after every step; the function throws its errors.
/// - Returns: The rounding with the lowest error among `nearest`, `start` and the learned one.
package func reconstructWeights(
  of unit: Graph, from nearest: [QuantizedTensor], start: [QuantizedTensor]? = nil,
  data: ReconstructionData, recipe: ReconstructionRecipe, generator: inout SplitMix64,
  context: Context, progress: (_ step: Int) throws -> Void = { _ in }
) throws -> (weights: [QuantizedTensor], report: UnitReport) {
  let trainer = UnitTrainer(
    unit, inputShape: data.inputs.imageShape, batch: min(recipe.batch, data.inputs.rowCount))
  var candidates = [nearest]
  if let start { candidates.append(start) }
  if recipe.weightSteps > 0 {
    let roundings = unit.layers.enumerated().map { index, layer in
      AdaRound(
        weight: layer.weight, nearest: nearest[index], start: start?[index],
        attraction: recipe.attraction)
    }
    candidates.append(
      try learning(
        roundings, of: unit, in: trainer, data: data, recipe: recipe, generator: &generator,
        context: context,
        progress: progress))
  }
  return best(of: candidates, unit: unit, in: trainer, data: data, context: context)
}

/// Returns the codes of `roundings` after all steps of learning.
private func learning(
  _ roundings: [AdaRound], of unit: Graph, in trainer: UnitTrainer?, data: ReconstructionData,
  recipe: ReconstructionRecipe,
  generator: inout SplitMix64, context: Context, progress: (_ step: Int) throws -> Void
) throws -> [QuantizedTensor] {
  var roundings = roundings
  let temperatures = TemperatureSchedule(
    steps: recipe.weightSteps, warmUp: recipe.warmUp, first: recipe.firstTemperature,
    last: recipe.lastTemperature)
  let images = data.inputs.rowCount
  for step in 1...recipe.weightSteps {
    let batch = generator.sample(min(recipe.batch, images), of: images)
    let soft = roundings.map { $0.softWeights(context: context) }
    let gradients =
      trainer.map { trained($0, weights: soft, data: data, batch: batch, context: context) }
      ?? softGradients(of: unit.withWeights(soft), data: data, batch: batch, context: context)
    for index in roundings.indices {
      _ = roundings[index].descend(
        softGradient: gradients[index].scalars, lambda: recipe.roundingLambda,
        temperature: temperatures.temperature(at: step), rate: recipe.weightRate(at: step),
        context: context)
    }
    try progress(step)
  }
  return roundings.map { $0.hardened() }
}

private func trained(
  _ trainer: UnitTrainer, weights: [Tensor], data: ReconstructionData, batch: [Int],
  context: Context
) -> [Tensor] {
  trainer.weightGradients(
    weights: weights, inputs: data.inputs, targets: data.targets, importance: data.importance,
    rows: batch, factor: 1 / Float(data.positions(images: batch.count)), context: context)
}

/// Returns the gradients of the reconstruction loss on `batch` with respect to the unit's weights.
///
/// Ranks share the chunks of the batch, and the chunks' gradients are added in order.
func softGradients(
  of unit: Graph, data: ReconstructionData, batch: [Int], context: Context
) -> [Tensor] {
  let positions = data.positions(images: batch.count)
  let chunks = batch.chunks(of: imagesPerChunk)
  let parts = context.mapOverRanks(chunks.count) { chunk in
    let part = data.gathering(rows: chunks[chunk])
    let trace = unit.trace(part.inputs)
    let loss = ReconstructionLoss.squared.measure(
      output: trace.output, target: part.targets, importance: part.importance,
      positions: positions)
    return unit.weightGradients(trace, outputGradient: loss.gradient).flatMap(\.scalars)
  }
  var sums = parts[0]
  for part in parts.dropFirst() {
    for index in sums.indices { sums[index] += part[index] }
  }
  var start = 0
  return unit.layers.map { layer in
    defer { start += layer.weight.scalars.count }
    return Tensor(
      shape: layer.weight.shape, scalars: Array(sums[start..<start + layer.weight.scalars.count]))
  }
}

/// Returns the candidate with the lowest error, the first one if several are equal.
///
/// The error of the first candidate becomes `errorBefore` of the report.
private func best(
  of candidates: [[QuantizedTensor]], unit: Graph, in trainer: UnitTrainer?,
  data: ReconstructionData, context: Context
) -> (weights: [QuantizedTensor], report: UnitReport) {
  let images = min(judgedImages, data.inputs.rowCount)
  let errors = candidates.map {
    hardError(of: unit, weights: $0, in: trainer, data: data, images: images, context: context)
  }
  let best = errors.indices.reduce(0) { errors[$1] < errors[$0] ? $1 : $0 }
  let report = UnitReport(
    unit: unit.unitName, errorBefore: errors[0], errorAfter: errors[best], isImproved: best > 0)
  return (candidates[best], report)
}

/// Returns the reconstruction loss of a unit with `weights` on the first `images` images.
///
/// - Parameter trainer: The trainer of this unit, if it has one.
func hardError(
  of unit: Graph, weights: [QuantizedTensor], in trainer: UnitTrainer?, data: ReconstructionData,
  images: Int, context: Context
) -> Double {
  let quantized = unit.withWeights(weights.map { $0.dequantized() })
  let pass = UnitPass(quantized, in: trainer, context: context)
  return data.loss(.squared, images: images) { pass($0) }
}

extension Graph {
  /// The name of a graph that is one unit.
  var unitName: String { units.first?.name ?? name }
}
