internal import Execution
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

extension ResNet {
  /// Sums over `images` and `samples` sketches of each, times `factor`, shared out in eights of images and
  /// added up in their order.
  ///
  /// `add` gets the trace of eight images and the gradients by their logits of a sketch, and adds to that
  /// part's sums; these begin as `zeros`, a row a layer or site.
  func sketched(
    _ images: Tensor, by sketch: FisherSketch, samples: Int, zeros: [[Double]],
    times factor: Double,
    workers: Workers,
    add:
      @Sendable (_ trace: NetworkTrace, _ logitsGradient: Tensor, _ sums: inout [[Double]]) -> Void
  ) -> [[Double]] {
    let parts = workers.map((0..<images.rowCount).chunks(of: imagesPerChunk)) { rows in
      let trace = trace(images[rows: rows])
      var sums = zeros
      for sample in 0..<samples {
        add(
          trace,
          sketch.gradient(
            ofLogits: trace.logits, firstImage: rows.lowerBound, sample: sample), &sums)
      }
      return sums
    }
    return zeros.indices.map { row in
      zeros[row].indices.map { column in
        factor * parts.reduce(0) { $0 + $1[row][column] }
      }
    }
  }
}
