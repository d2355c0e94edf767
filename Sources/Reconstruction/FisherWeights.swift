package import Networks
package import Tensors

/// The diagonal of the Fisher information at a block's output, as BRECQ's loss weights it (Li et al.,
/// ICLR 2021, equation 10): the squared gradient g² of KL(full precision ‖ quantized up to this block),
/// image by image, scaled to mean 1.
///
/// The reference adds 1 to |g|, which makes nearly all weights alike; here nothing is added.
/// - Parameters:
///   - block: the number of the block whose output `quantized` (N, C, H, W) and `fullPrecision` are.
package func fisherWeights(
  of network: ResNet, after block: Int, quantized: Tensor, fullPrecision: Tensor, workers: Workers
) -> Tensor {
  let images = quantized.rowCount
  let chunks = (images + imagesPerChunk - 1) / imagesPerChunk
  let parts = workers.map(chunks) { chunk in
    let rows = chunk * imagesPerChunk..<min((chunk + 1) * imagesPerChunk, images)
    let target = network.tailLogits(from: block + 1, features: fullPrecision[rows: rows])
    var gradient = network.tailGradient(from: block + 1, features: quantized[rows: rows]) {
      Softmax.divergenceGradient(reference: target, logits: $0)
    }
    for index in gradient.scalars.indices { gradient.scalars[index] *= gradient.scalars[index] }
    return gradient
  }
  var weights = Tensor(joining: parts)
  let sum = weights.scalars.reduce(into: 0.0) { $0 += Double($1) }
  let mean = sum / Double(weights.scalars.count)
  guard mean > 0 else {
    return Tensor(
      shape: weights.shape, scalars: [Float](repeating: 1, count: weights.scalars.count))
  }
  for index in weights.scalars.indices {
    weights.scalars[index] = Float(Double(weights.scalars[index]) / mean)
  }
  return weights
}

extension ResNet {
  /// The logits when `features` enter block number `first`.
  func tailLogits(from first: Int, features: Tensor) -> Tensor {
    var hidden = features
    for block in blocks[first...] { hidden = block(hidden) }
    return logits(features: hidden)
  }
}
