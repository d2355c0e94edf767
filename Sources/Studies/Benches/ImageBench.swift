package import Datasets
package import Execution
import Foundation
import MixQuantKit
import Reports
import Tensors

/// Times the way from image files to a network's inputs, which `BatchReader` goes.
package struct ImageBench: Sendable {
  package let images: ImageSet
  let transform: Transform
  let skipBadImages: Bool
  let runs: Int
  let context: Context

  package init(
    images: ImageSet, transform: Transform, skipBadImages: Bool, runs: Int, context: Context
  ) {
    self.images = images
    self.transform = transform
    self.skipBadImages = skipBadImages
    self.runs = runs
    self.context = context
  }

  /// Throws if an image cannot be read and is not to be skipped, and if none can.
  package func callAsFunction() throws -> ImageBenchResult {
    let reader = BatchReader(
      images: images, transform: transform, batchSize: Evaluator.batchSize, context: context,
      skipBadImages: skipBadImages)
    let skipped = Set(try reader.forEach { _ in }.map(\.name))
    let items = images.items.filter { !skipped.contains($0.name) }
    let decoded = context.map(items.count) { try? images.load(items[$0]) }.compactMap(\.self)

    let decoding = bestSeconds {
      context.forEach(items.count) { item, _ in
        _ = try? images.load(items[item])
      }
    }
    let transforming = bestSeconds { transformAll(decoded) }
    let whole = try bestSeconds { try reader.forEach { _ in } }
    let count = Double(items.count)
    return ImageBenchResult(
      images: items.count, threads: context.threads, transform: transform,
      decodeImagesPerSecond: count / decoding, transformImagesPerSecond: count / transforming,
      wholeImagesPerSecond: count / whole)
  }

  /// Each image into the same floats of its worker.
  private func transformAll(_ images: [Image]) {
    let sizes = images.map { transform.outputSize(of: $0) }.map { 3 * $0.height * $0.width }
    let room = sizes.max() ?? 0
    _ = Tensor(shape: [context.threads, room]) { buffer in
      let floats = SharedPointer(buffer)
      context.forEach(images.count) { index, worker in
        let start = worker * room
        transform(
          images[index],
          into: UnsafeMutableBufferPointer(rebasing: floats.base[start..<start + sizes[index]]))
      }
    }
  }

  private func bestSeconds(_ work: () throws -> Void) rethrows -> Double {
    let clock = ContinuousClock()
    return try (0..<runs).map { _ in try clock.measure(work).seconds }.min() ?? 0
  }
}

/// The results of the bench, for people and as JSON.
package struct ImageBenchResult: Encodable, Sendable {
  let images: Int
  let threads: Int
  let transform: Transform
  /// From files to 8-bit pixels.
  let decodeImagesPerSecond: Double
  /// From 8-bit pixels to resized, cropped and normalised floats.
  let transformImagesPerSecond: Double
  /// From files to batches.
  let wholeImagesPerSecond: Double

  /// A line for the transform, then one per stage.
  package var text: String {
    let stages = [
      ("read and decode", decodeImagesPerSecond),
      ("resize and normalise", transformImagesPerSecond),
      ("files to batches", wholeImagesPerSecond),
    ]
    let table = Table(
      stages,
      [
        .words("stage") { $0.0 }, .number("images/s", "%.1f") { $0.1 },
        .number("ms an image", "%.3f") { 1e3 / $0.1 },
      ])
    return "\(images) images, \(threads) threads, \(transform.description)\n\n" + table.text()
  }
}
