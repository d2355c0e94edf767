package import Datasets
import Execution
package import Files
import Foundation
import Graphs
import Tensors

/// The images that quantization uses, without their labels.
package struct CalibrationSet: Sendable {
  /// The images in the order in which they were drawn.
  package let images: ImageSet
  let transform: Transform
  let skipBadImages: Bool

  /// Draws `count` images from `pool`; throws `usage` if it has fewer.
  package init(
    drawing count: Int, from pool: ImageSet, seed: UInt64, transform: Transform,
    skipBadImages: Bool = false
  ) throws(InputError) {
    guard count > 0, count <= pool.items.count else {
      throw InputError(
        .tooFewImages, "cannot draw \(count) calibration images", at: "the calibration folder",
        because: "it holds \(pool.items.count) images",
        try: "ask for fewer with --calibration-images, or add images")
    }
    images = pool.drawing(count, seed: seed)
    self.transform = transform
    self.skipBadImages = skipBadImages
  }

  private init(_ images: ImageSet, transform: Transform, skipBadImages: Bool) {
    self.images = images
    self.transform = transform
    self.skipBadImages = skipBadImages
  }

  /// Returns the first `count` images, or all images if there are fewer.
  func prefix(_ count: Int) -> CalibrationSet {
    CalibrationSet(
      images.prefix(count), transform: transform, skipBadImages: skipBadImages)
  }

  /// The SHA-256 of the images' names, labels and sizes and of record files, in drawing order.
  package var digest: String { images.digest }

  /// Returns the SHA-256 of all contents, in drawing order.
  ///
  /// An image that cannot be read counts as empty if such images are skipped.
  ///
  /// - Throws: An error if an image cannot be read.
  func contentDigest() throws(InputError) -> String {
    var hash = SHA256()
    for item in images.items {
      var bytes = Data()
      do throws(InputError) { bytes = try images.contents(of: item) } catch {
        guard skipBadImages else { throw error }
      }
      hash.update("\(bytes.count) ".utf8)
      hash.update(bytes)
    }
    return hash.finalize()
  }

  /// Returns the first `count` images as inputs (N, C, H, W), and the skipped images.
  func tensor(
    first count: Int, context: Context
  ) throws -> (images: Tensor, skipped: [SkippedImage]) {
    var parts: [Tensor] = []
    let skipped = try reader(of: images.prefix(count), context: context).forEach {
      parts.append($0.images)
    }
    return (Tensor(joining: parts), skipped)
  }

  /// Returns the first unit's outputs of each of `networks` for all images, and the skipped images.
  ///
  /// Ranks share the batches, and each gets all outputs.
  ///
  /// - Parameters:
  ///   - spare: The number of empty caches of the same size to append.
  ///   - progress: Called with the number of images that are done.
  /// - Throws: An error if an image cannot be read or a cache cannot be created.
  func firstOutputs(
    of networks: [Graph], spare: Int = 0, context: Context,
    progress: (Int) throws -> Void = { _ in }
  ) throws -> (caches: [ActivationCache], skipped: [SkippedImage]) {
    var caches: [ActivationCache] = []
    var done = 0
    let firstUnits = networks.map { $0[$0.units[0]] }
    func add(_ outputs: [Tensor], inputSize: (Int, Int)) throws {
      if caches.isEmpty {
        let largest = networks[0].largestFeatures(inputSize: inputSize)
        for _ in 0..<networks.count + spare {
          caches.append(
            try ActivationCache(
              images: images.items.count, largestImage: largest, storage: context.caches))
        }
      }
      for (output, cache) in zip(outputs, caches) { cache.append(output) }
      done += outputs[0].rowCount
      try progress(done)
    }
    func outputs(of batch: Batch) -> [Tensor] {
      firstUnits.map { unit in
        batch.images.mapChunks(of: 8, context: context) { unit($0) }
      }
    }
    let reader = reader(of: images, context: context)
    let skipped =
      if context.ranks.count == 1 {
        try reader.forEach { batch in
          try add(
            outputs(of: batch), inputSize: (batch.images.shape[2], batch.images.shape[3]))
        }
      } else {
        try reader.forEachOverRanks(of: images, context: context, outputs, body: add)
      }
    return (caches, skipped)
  }

  private func reader(of images: ImageSet, context: Context) -> BatchReader {
    BatchReader(
      images: images, transform: transform, batchSize: 32, context: context,
      skipBadImages: skipBadImages)
  }
}
