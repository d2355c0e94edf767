package import Execution
package import Graphs
package import Tensors

/// Images whose weights are computed at a time.
private let weighedAtOnce = 32

/// Computes the diagonal of the Fisher information at a unit's output, by which BRECQ's loss is weighted
/// (Li et al., ICLR 2021, equation 10): the squared gradient g² of KL(full precision ‖ quantized up to this
/// unit), image by image, scaled to mean 1.
///
/// The reference adds 1 to |g|, which makes nearly all weights alike; here nothing is added.
/// - Parameters:
///   - weights: Takes them in the place of what it has.
///   - rest: The full-precision network behind the unit.
///   - quantized: Returns the unit's outputs (N, C, H, W) for the images in a range.
///   - fullPrecision: The unit's outputs in full precision.
package func findFisherWeights(
  _ weights: ActivationCache, rest: Graph, quantized: (Range<Int>) -> Tensor,
  fullPrecision: ActivationCache, workers: Workers
) {
  weights.removeAll()
  var sum = 0.0
  for rows in (0..<fullPrecision.rowCount).chunks(of: weighedAtOnce) {
    let squares = squaredGradients(
      rest: rest, quantized: quantized(rows), fullPrecision: fullPrecision[rows: rows],
      workers: workers)
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
  rest: Graph, quantized: Tensor, fullPrecision: Tensor, workers: Workers
) -> Tensor {
  let parts = workers.map((0..<quantized.rowCount).chunks(of: imagesPerChunk)) { rows in
    let target = rest.logits(fullPrecision[rows: rows])
    var gradient = rest.inputGradient(quantized[rows: rows]) {
      Softmax.divergenceGradient(reference: target, logits: $0)
    }
    for index in gradient.scalars.indices { gradient.scalars[index] *= gradient.scalars[index] }
    return gradient
  }
  return Tensor(joining: parts)
}

extension Graph {
  /// Returns the gradient with respect to `features`, the input (N, C, H, W), of a loss; `logitsGradient`
  /// turns the logits (N, classes) into the loss's gradient with respect to them.
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
