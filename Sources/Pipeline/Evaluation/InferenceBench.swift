internal import Foundation
internal import Networks
package import Tensors

/// Times a residual network of random weights through `Classifier.logitsInParallel`, as `evaluate` does.
package struct InferenceBench: Sendable {
  let depth: Int
  let batch: Int
  let size: Int
  let runs: Int
  let seed: UInt64
  let workers: Workers

  package init(depth: Int, batch: Int, size: Int, runs: Int, seed: UInt64, workers: Workers) {
    self.depth = depth
    self.batch = batch
    self.size = size
    self.runs = runs
    self.seed = seed
    self.workers = workers
  }

  /// The stable JSON face.
  package struct Result: Codable, Sendable {
    let depth: Int
    let batch: Int
    let size: Int
    let threads: Int
    let imagesPerSecond: Double
    /// Of the whole network, convolutions and head, at two operations a multiply-add.
    let gflops: Double

    private enum CodingKeys: String, CodingKey {
      case depth, batch, size, threads, gflops
      case imagesPerSecond = "images_per_second"
    }

    package var text: String {
      String(
        format: "ResNet-%d, batch %d, %d×%d, %d threads: %.1f images/s, %.1f GFLOP/s", depth,
        batch, size, size, threads, imagesPerSecond, gflops)
    }
  }

  package func callAsFunction() -> Result {
    var generator = SplitMix64(seed: seed)
    let network = ResNet.random(depth: depth, generator: &generator)
    let images = Tensor(
      shape: [batch, 3, size, size],
      scalars: (0..<batch * 3 * size * size).map { _ in Float(generator.uniform()) })
    let clock = ContinuousClock()
    let times = (0...runs).map { _ in
      let start = clock.now
      _ = network.logitsInParallel(of: images, workers: workers)
      return (clock.now - start).seconds
    }
    let best = times.dropFirst().min() ?? times[0]
    let work = network.layerSizes(inputSize: (size, size)).reduce(0) { $0 + $1.multiplyAdds }
    return Result(
      depth: depth, batch: batch, size: size, threads: workers.count,
      imagesPerSecond: Double(batch) / best, gflops: 2e-9 * Double(work * batch) / best)
  }
}
