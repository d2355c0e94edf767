package import Execution
package import Files
package import Tensors

/// A number of images that were read together.
package struct Batch: Sendable {
  /// The normalised pixels, N×3×H×W.
  package let images: Tensor
  /// The images that could be read, in the order of the set; row `i` of `images` shows item `i`.
  package let items: [ImageSet.Item]

  /// The labels of the rows, as indices of the set's classes.
  package var labels: [Int?] { items.map(\.label) }
}

/// An image that was left out, and the reason.
package struct SkippedImage: Sendable, Equatable {
  package let name: String
  package let error: InputError
}

/// A reader that returns an image set batch by batch.
///
/// It decodes the next batch while the caller computes, or, if there is only one worker, in turn
/// with the caller. At most two batches are in memory. Their order and content do not depend on the
/// number of workers.
package struct BatchReader: Sendable {
  private let images: ImageSet
  private let transform: Transform
  private let batchSize: Int
  private let context: Context
  private let skipBadImages: Bool

  /// Creates a reader of `images`.
  ///
  /// - Parameter skipBadImages: If true, images that cannot be read are left out and reported. If
  ///   false, the first of them is an error.
  package init(
    images: ImageSet, transform: Transform, batchSize: Int, context: Context,
    skipBadImages: Bool = false
  ) {
    precondition(batchSize > 0, "a batch of \(batchSize) images")
    self.images = images
    self.transform = transform
    self.batchSize = batchSize
    self.context = context
    self.skipBadImages = skipBadImages
  }

  /// Calls `body` with every batch in order and returns the images that were skipped.
  ///
  /// The last batch may be smaller than the others, and so may a batch with skipped images.
  ///
  /// - Throws: `badData` if an image cannot be read and may not be skipped or if no image can be
  ///   read, and any error that `body` throws.
  @discardableResult
  package func forEach(_ body: (Batch) throws -> Void) throws -> [SkippedImage] {
    let starts = Array(stride(from: 0, to: images.items.count, by: batchSize))
    let size = try commonSize()
    var skipped: [SkippedImage] = []
    func reading(from start: Int) -> Future<Reading> {
      Future(context: context) { read(from: start, size) }
    }
    var next = starts.first.map(reading)
    for start in starts {
      guard let read = next?.value() else { break }
      if let first = read.failures.first, !skipBadImages { throw counting(read, first) }
      let following = start + batchSize
      next = following < images.items.count ? reading(from: following) : nil

      skipped += read.failures
      if !read.batch.items.isEmpty { try body(read.batch) }
    }
    if let first = skipped.first, skipped.count == images.items.count { throw first.error }
    return skipped
  }

  private struct Size: Equatable, Sendable {
    let height: Int
    let width: Int
  }

  private struct Reading: Sendable {
    let batch: Batch
    let failures: [SkippedImage]
  }

  /// Returns the height and width that every image must have after the transform.
  ///
  /// They are those of the first image that can be read.
  private func commonSize() throws(InputError) -> Size {
    if let crop = transform.crop { return Size(height: crop, width: crop) }
    var firstError: InputError?
    for item in images.items {
      do throws(InputError) {
        let size = transform.outputSize(of: try images.load(item))
        try requireInput(size, of: item)
        return Size(height: size.height, width: size.width)
      } catch {
        guard skipBadImages else { throw error }
        firstError = firstError ?? error
      }
    }
    if let firstError { throw firstError }
    return Size(height: 0, width: 0)
  }

  private func requireInput(
    _ size: (height: Int, width: Int), of item: ImageSet.Item
  ) throws(InputError) {
    guard max(size.height, size.width) > ImageFile.largestInputSide else { return }
    throw InputError(
      .badData, "cannot batch the image", at: item.name,
      because: "its size \(size.width)×\(size.height) has a side over the limit of "
        + "\(ImageFile.largestInputSide) for a network's input",
      try: "set a smaller size with --resize and --crop")
  }

  private func read(from start: Int, _ size: Size) -> Reading {
    let items = Array(images.items[start..<min(start + batchSize, images.items.count)])
    let slot = transform.channels * size.height * size.width
    var errors: [InputError?] = []
    let tensor = Tensor(shape: [items.count, transform.channels, size.height, size.width]) {
      buffer in
      let slots = SharedPointer(buffer)
      errors = context.map(items.count) { index in
        let row = UnsafeMutableBufferPointer(
          rebasing: slots.base[index * slot..<(index + 1) * slot])
        return read(items[index], size, into: row)
      }
    }
    let good = items.indices.filter { errors[$0] == nil }
    let failures = zip(items, errors).compactMap { item, error in
      error.map { SkippedImage(name: item.name, error: $0) }
    }
    let rows = good.count == items.count ? tensor : tensor.gathering(rows: good)
    return Reading(batch: Batch(images: rows, items: good.map { items[$0] }), failures: failures)
  }

  /// Writes one image into its slot; if it cannot be read, writes zeros and returns the error.
  private func read(
    _ item: ImageSet.Item, _ size: Size, into row: UnsafeMutableBufferPointer<Float>
  ) -> InputError? {
    do throws(InputError) {
      let image = try images.load(item)
      let (height, width) = transform.outputSize(of: image)
      guard Size(height: height, width: width) == size else {
        throw InputError(
          .badData, "cannot batch the image", at: item.name,
          because:
            "it is \(width)×\(height), but the first image is \(size.width)×\(size.height)",
          try: "give all images one size with --resize and --crop")
      }
      transform(image, into: row)
      return nil
    } catch {
      row.initialize(repeating: 0)
      return error
    }
  }

  /// Returns the first failure of a batch, with the number of the others added to its reason.
  private func counting(_ reading: Reading, _ first: SkippedImage) -> InputError {
    let others = reading.failures.count - 1
    let error = first.error
    return InputError(
      error.kind, error.what, at: error.place,
      because: error.reason + (others > 0 ? " (and \(others) more images of its batch)" : ""),
      try: error.remedy.isEmpty ? "use --skip-bad-images to leave such images out" : error.remedy)
  }
}
