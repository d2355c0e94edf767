import Engine
package import Execution
import Foundation
import Graphs
import MixQuantKit
import Networks
import Reports
import Tensors

/// Times a residual network of random weights through `Inference`, which is what `evaluate` runs.
package struct InferenceBench: Sendable {
  let depth: Int
  let batch: Int
  let size: Int
  let runs: Int
  let isExact: Bool
  let seed: UInt64
  let context: Context

  package init(
    depth: Int, batch: Int, size: Int, runs: Int, isExact: Bool, seed: UInt64, context: Context
  ) {
    self.depth = depth
    self.batch = batch
    self.size = size
    self.runs = runs
    self.isExact = isExact
    self.seed = seed
    self.context = context
  }

  package func callAsFunction() -> InferenceBenchResult {
    var generator = SplitMix64(seed: seed)
    let classifier = Classifier(randomResNet(depth: depth, generator: &generator))
    let images = Tensor(
      shape: [batch, 3, size, size],
      scalars: (0..<batch * 3 * size * size).map { _ in Float(generator.uniform()) })
    let inputShape: Shape = [3, size, size]
    let inference = classifier.inference(inputShape: inputShape, isExact: isExact)
    let exact = classifier.inference(inputShape: inputShape, isExact: true)

    let logits = inference.logits(of: images, context: context)
    let reference = exact.logits(of: images, context: context)
    let runs = seconds { _ = inference.logits(of: images, context: context) }
    let best = runs.min() ?? 0
    let work = classifier.network.layerSizes(inputSize: (size, size))
      .reduce(0) { $0 + $1.multiplyAdds }
    return InferenceBenchResult(
      depth: depth, batch: batch, size: size, threads: context.threads,
      path: inference.program == nil ? "OpenBLAS" : isExact ? "program, exact" : "program",
      imagesPerSecond: Double(batch) / best,
      meanImagesPerSecond: Double(batch * runs.count) / runs.reduce(0, +),
      gflops: 2e-9 * Double(work * batch) / best,
      sgemmPeakGflops: sgemmPeak(),
      largestDifferenceToExact: logits.relativeDifference(from: reference),
      layers: layerTimes(inference, images))
  }

  /// Returns the seconds of every run.
  private func seconds(_ work: () -> Void) -> [Double] {
    let clock = ContinuousClock()
    return (0..<runs).map { _ in clock.measure(work).seconds }
  }

  /// Returns the best rate of square products of 768, one per worker at once, in GFLOP/s.
  private func sgemmPeak() -> Double {
    let side = 768
    let matrix = Tensor(shape: [side, side], scalars: [Float](repeating: 0.5, count: side * side))
    let repeats = 8
    let runs = seconds {
      context.forEach(context.threads) { _, _ in
        for _ in 0..<repeats { _ = matrix.multiplied(by: matrix) }
      }
    }
    return 2e-9 * Double(side * side * side * repeats * context.threads) / (runs.min() ?? 0)
  }

  private func layerTimes(
    _ inference: Inference, _ images: Tensor
  ) -> [InferenceBenchResult.Layer] {
    guard let program = inference.program else { return [] }
    return program.layerTimes(images, context: context).map { layer in
      InferenceBenchResult.Layer(
        name: layer.name, milliseconds: 1e3 * layer.seconds,
        gflops: 2e-9 * Double(layer.multiplyAdds * batch) / layer.seconds)
    }
  }
}

/// The results of the bench, for people and as JSON.
package struct InferenceBenchResult: Codable, Sendable {
  package struct Layer: Codable, Sendable {
    let name: String
    /// For the whole batch.
    let milliseconds: Double
    /// At two operations a multiply-add of plain convolution, whatever the layer really computes.
    let gflops: Double
  }

  let depth: Int
  let batch: Int
  let size: Int
  let threads: Int
  let path: String
  /// The rate of the best run.
  let imagesPerSecond: Double
  /// The rate of all runs together, to compare with a long evaluation.
  let meanImagesPerSecond: Double
  /// The rate of the best run.
  let gflops: Double
  let sgemmPeakGflops: Double
  /// The largest difference of logits, relative to the largest logit.
  let largestDifferenceToExact: Double
  let layers: [Layer]

  private enum CodingKeys: String, CodingKey {
    case depth, batch, size, threads, path, gflops, layers
    case imagesPerSecond = "images_per_second"
    case meanImagesPerSecond = "mean_images_per_second"
    case sgemmPeakGflops = "sgemm_peak_gflops"
    case largestDifferenceToExact = "largest_difference_to_exact"
  }

  /// The layers as a table, then the sums.
  package var text: String {
    var table = Table([
      ("layer", .left), ("ms", .right), ("GFLOP/s", .right), ("of sgemm peak", .right),
    ])
    for layer in layers {
      table.append([
        layer.name, String(format: "%.2f", layer.milliseconds),
        layer.gflops == 0 ? "" : String(format: "%.1f", layer.gflops),
        layer.gflops == 0 ? "" : String(format: "%.2f", layer.gflops / sgemmPeakGflops),
      ])
    }
    let summary = String(
      format: "ResNet-%d, batch %d, %d×%d, %d threads, %@: %.1f images/s (mean %.1f), %.1f GFLOP/s "
        + "(sgemm peak %.1f), logits within %.1e of the exact path's", depth, batch, size, size,
      threads, path, imagesPerSecond, meanImagesPerSecond, gflops, sgemmPeakGflops,
      largestDifferenceToExact)
    return (layers.isEmpty ? "" : table.text + "\n\n") + summary
  }
}
