internal import Execution
internal import Foundation
internal import Graphs
package import Tensors

/// Random square roots of the Fisher information of a softmax, which need no labels.
///
/// Let y be drawn from the model's own p = softmax(logits). The gradient of −log p(y) with respect
/// to the logits is p − e_y, and the mean of its square is F = diag(p) − p·pᵀ. Drawing y is noisy
/// if the model is certain, because labels of small probability are rarely drawn. The sketch
/// v = √p ∘ ε − p·(√p·ε) with random signs ε has the same mean square F and includes every label.
package struct FisherSketch: Sendable {
  /// The seed of the signs; each image's number is combined with it.
  package let seed: UInt64

  package init(seed: UInt64) { self.seed = seed }

  /// Returns the gradients v (N, classes) of sketch number `sample`.
  ///
  /// The first row belongs to image number `first`.
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

extension Graph {
  /// Returns sums over `images` and `samples` sketches of each image, times `factor`.
  ///
  /// Work is divided into chunks of eight images, which ranks share, and the sums of chunks are added in
  /// order. `add` receives the trace of a chunk and a sketch's gradients with respect to the output, and
  /// adds to the sums of that chunk. The sums begin as `zeros`, with one row per layer or site.
  func sketched(
    _ images: Tensor, by sketch: FisherSketch, samples: Int, zeros: [[Double]],
    times factor: Double,
    context: Context,
    add:
      @Sendable (_ trace: Trace, _ logitsGradient: Tensor, _ sums: inout [[Double]]) -> Void
  ) -> [[Double]] {
    let chunks = (0..<images.rowCount).chunks(of: imagesPerChunk)
    let parts = context.mapOverRanks(chunks.count) { chunk in
      let rows = chunks[chunk]
      let trace = trace(images[rows: rows])
      var sums = zeros
      for sample in 0..<samples {
        let gradient = sketch.gradient(
          ofLogits: trace.output.flattened(), firstImage: rows.lowerBound, sample: sample)
        add(trace, gradient.reshaped(trace.output.shape), &sums)
      }
      return sums.flatMap(\.self)
    }
    var place = -1
    return zeros.map { row in
      row.map { _ in
        place += 1
        return factor * parts.reduce(0) { $0 + $1[place] }
      }
    }
  }
}
