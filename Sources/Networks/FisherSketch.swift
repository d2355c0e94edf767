internal import Foundation
package import Tensors

/// Random square roots of the Fisher information of a softmax, label-free.
///
/// With y drawn from the model's own p = softmax(logits), the gradient of −log p(y) with respect to the
/// logits is p − e_y, and the mean of its square is F = diag(p) − p·pᵀ. Drawing y is noisy where the
/// model is sure: the y that count are hardly ever drawn. The sketch v = √p ∘ ε − p·(√p·ε) with random
/// signs ε has the same mean square, F, and never misses them.
package struct FisherSketch: Sendable {
  /// Seeds the signs, together with the number of the image.
  package let seed: UInt64

  package init(seed: UInt64) { self.seed = seed }

  /// The gradients v (N, classes) of sketch number `sample`, the first row being image number `first`.
  package func gradient(ofLogits logits: Tensor, firstImage first: Int, sample: Int) -> Tensor {
    let classes = logits.shape[1]
    let rows = (0..<logits.rowCount).flatMap { row -> [Float] in
      let p = Softmax.logProbabilities(logits.scalars[row * classes..<(row + 1) * classes])
        .map(exp)
      var generator = generator(image: first + row, sample: sample)
      let roots = p.map { generator.next() >> 63 == 0 ? $0.squareRoot() : -$0.squareRoot() }
      let sum = roots.reduce(0, +)
      return zip(p, roots).map { Float($1 - $0 * sum) }
    }
    return Tensor(shape: logits.shape, scalars: rows)
  }

  private func generator(image: Int, sample: Int) -> SplitMix64 {
    var images = SplitMix64(seed: seed &+ UInt64(image))
    return SplitMix64(seed: images.next() &+ UInt64(sample))
  }
}
