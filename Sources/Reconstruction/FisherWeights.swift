package import Execution
package import Networks
package import Tensors

/// Images whose weights are computed at a time.
private let weighedAtOnce = 32

/// The diagonal of the Fisher information at a block's output, as BRECQ's loss weights it (Li et al.,
/// ICLR 2021, equation 10): the squared gradient g² of KL(full precision ‖ quantized up to this block),
/// image by image, scaled to mean 1.
///
/// The reference adds 1 to |g|, which makes nearly all weights alike; here nothing is added.
/// - Parameters:
///   - weights: takes them in the place of what it has.
///   - block: the number of the block whose output `quantized` (N, C, H, W) and `fullPrecision` are.
///   - quantized: the outputs of the images in a range.
package func findFisherWeights(
  _ weights: ActivationCache, of network: ResNet, after block: Int,
  quantized: (Range<Int>) -> Tensor, fullPrecision: ActivationCache, workers: Workers
) {
  weights.removeAll()
  var sum = 0.0
  for rows in (0..<fullPrecision.rowCount).chunks(of: weighedAtOnce) {
    let squares = squaredGradients(
      of: network, after: block, quantized: quantized(rows),
      fullPrecision: fullPrecision[rows: rows], workers: workers)
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
  of network: ResNet, after block: Int, quantized: Tensor, fullPrecision: Tensor, workers: Workers
) -> Tensor {
  let parts = workers.map((0..<quantized.rowCount).chunks(of: imagesPerChunk)) { rows in
    let target = network.tailLogits(from: block + 1, features: fullPrecision[rows: rows])
    var gradient = network.tailGradient(from: block + 1, features: quantized[rows: rows]) {
      Softmax.divergenceGradient(reference: target, logits: $0)
    }
    for index in gradient.scalars.indices { gradient.scalars[index] *= gradient.scalars[index] }
    return gradient
  }
  return Tensor(joining: parts)
}

extension ResNet {
  /// The logits when `features` enter block number `first`.
  func tailLogits(from first: Int, features: Tensor) -> Tensor {
    var hidden = features
    for block in blocks[first...] { hidden = block(hidden) }
    return logits(features: hidden)
  }
}
