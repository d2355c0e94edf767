package import Execution
package import Graphs
package import Tensors

/// The number of images whose weights are computed at a time.
private let weighedAtOnce = 32

/// Computes the diagonal of the Fisher information at a unit's output.
///
/// It weights BRECQ's loss (Li et al., ICLR 2021, equation 10). For each image it is the squared gradient g²
/// of KL(full precision ‖ quantized up to this unit) with respect to the output, scaled to mean 1. The
/// reference adds 1 to |g|, which makes nearly all weights equal; here nothing is added. Ranks share the
/// images.
///
/// - Parameters:
///   - weights: The cache for the result; its content is replaced.
///   - rest: The full-precision network after the unit.
///   - quantized: Returns the unit's outputs (N, C, H, W) for the images in a range.
///   - fullPrecision: The unit's outputs in full precision.
package func findFisherWeights(
  _ weights: ActivationCache, rest: Graph, quantized: (Range<Int>) -> Tensor,
  fullPrecision: ActivationCache, context: Context
) {
  weights.removeAll()
  var sum = 0.0
  for rows in (0..<fullPrecision.rowCount).chunks(of: weighedAtOnce) {
    let squares = squaredGradients(
      rest: rest, quantized: quantized(rows), fullPrecision: fullPrecision[rows: rows],
      context: context)
    sum = squares.scalars.reduce(into: sum) { $0 += Double($1) }
    weights.append(squares)
  }
  let mean = sum / Double(weights.shape.count)
  weights.mapInPlace(by: weighedAtOnce) { squares in
    Tensor(
      shape: squares.shape,
      scalars: squares.scalars.map { mean > 0 ? Float(Double($0) / mean) : 1 })
  }
}

private func squaredGradients(
  rest: Graph, quantized: Tensor, fullPrecision: Tensor, context: Context
) -> Tensor {
  let chunks = (0..<quantized.rowCount).chunks(of: imagesPerChunk)
  let parts = context.mapOverRanks(chunks.count) { chunk in
    let rows = chunks[chunk]
    let target = rest.logits(fullPrecision[rows: rows])
    var gradient = rest.inputGradient(quantized[rows: rows]) {
      Softmax.divergenceGradient(reference: target, logits: $0)
    }
    for index in gradient.scalars.indices { gradient.scalars[index] *= gradient.scalars[index] }
    return gradient.scalars
  }
  return Tensor(shape: quantized.shape, scalars: parts.flatMap(\.self))
}

extension Graph {
  /// Returns the gradient of a loss with respect to the graph's input.
  ///
  /// - Parameters:
  ///   - features: The input, (N, C, H, W).
  ///   - logitsGradient: Returns the gradient of the loss with respect to logits (N, classes).
  package func inputGradient(
    _ features: Tensor, logitsGradient: (Tensor) -> Tensor
  ) -> Tensor {
    let trace = trace(features)
    let gradient = logitsGradient(trace.output.flattened()).reshaped(trace.output.shape)
    guard
      let inputGradient = backward(trace, outputGradient: gradient, wantsInputGradient: true)
    else { preconditionFailure("the network does not use its input") }
    return inputGradient
  }
}
