package import Datasets
package import Execution
import Foundation
import MixQuantKit
import Reports
import Tensors

/// The rates of the stages between image files and a network's inputs, as `BatchReader` runs them.
package struct ImageBench: Encodable, Sendable {
  let images: Int
  let threads: Int
  let transform: Transform
  /// The rate of reading and decoding files to 8-bit pixels.
  let decodeImagesPerSecond: Double
  /// The rate of resizing, cropping and normalising 8-bit pixels to floats.
  let transformImagesPerSecond: Double
  /// The rate of the whole path, from files to batches.
  let wholeImagesPerSecond: Double

  /// Times each stage `runs` times and keeps the best.
  ///
  /// - Throws: An error if an image cannot be read and may not be skipped, or if no image can be read.
  package init(
    of images: ImageSet, transform: Transform, skipBadImages: Bool, runs: Int, context: Context
  ) throws {
    let reader = BatchReader(
      images: images, transform: transform, batchSize: Evaluator.batchSize, context: context,
      skipBadImages: skipBadImages)
    let skipped = Set(try reader.forEach { _ in }.map(\.name))
    let items = images.items.filter { !skipped.contains($0.name) }
    let decoded = context.map(items.count) { try? images.load(items[$0]) }.compactMap(\.self)
    let clock = ContinuousClock()
    func rate(_ work: () throws -> Void) rethrows -> Double {
      let seconds = try (0..<runs).map { _ in try clock.measure(work).seconds }.min() ?? 0
      return Double(items.count) / seconds
    }

    (self.images, threads, self.transform) = (items.count, context.threads, transform)
    decodeImagesPerSecond = rate {
      context.forEach(items.count) { item, _ in
        _ = try? images.load(items[item])
      }
    }
    transformImagesPerSecond = rate { transform.applyToAll(decoded, context) }
    wholeImagesPerSecond = try rate { try reader.forEach { _ in } }
  }

  /// The result as text: a line on the transform, then a table of the stages.
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
        .number("ms per image", "%.3f") { 1e3 / $0.1 },
      ])
    return "\(images) images, \(threads) threads, \(transform.description)\n\n" + table.text()
  }
}

extension Transform {
  /// Transforms each image into a buffer that its worker uses for all of its images.
  fileprivate func applyToAll(_ images: [Image], _ context: Context) {
    let sizes = images.map { outputSize(of: $0) }.map { 3 * $0.height * $0.width }
    let room = sizes.max() ?? 0
    _ = Tensor(shape: [context.threads, room]) { buffer in
      let floats = SharedPointer(buffer)
      context.forEach(images.count) { index, worker in
        let start = worker * room
        self(
          images[index],
          into: UnsafeMutableBufferPointer(rebasing: floats.base[start..<start + sizes[index]]))
      }
    }
  }
}
