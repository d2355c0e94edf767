package import Execution
package import Files
package import Tensors

/// The images that were read together.
package struct Batch: Sendable {
  /// The form in which images are handed over.
  package enum Form: Sendable {
    /// Normalised pixels in floating point.
    case floats
    /// The 8-bit pixels and the numbers that normalise them.
    case pixels
  }

  /// The images in the form that the reader was created for.
  package let input: NetworkInput
  /// The images that could be read, in the order of the set; image `i` of `input` shows item `i`.
  package let items: [ImageSet.Item]
  /// The number of the batch in the set, from 0.
  package let number: Int
  /// The images of the batch that could not be read.
  package let skipped: [SkippedImage]
  /// The processor time in seconds of reading, decoding and transforming the images.
  package let decodingSeconds: Double

  /// The normalised pixels, (N, C, H, W).
  package var images: Tensor { input.floats }

  /// The labels of the rows, as indices of the set's classes.
  package var labels: [Int?] { items.map(\.label) }
}

/// An image that was left out, and the reason.
package struct SkippedImage: Sendable, Equatable {
  package let name: String
  package let error: InputError

  package init(name: String, error: InputError) {
    self.name = name
    self.error = error
  }
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
  private let form: Batch.Form

  /// Creates a reader of `images`.
  ///
  /// - Parameters:
  ///   - skipBadImages: If true, images that cannot be read are left out and reported. If false, the
  ///     first of them is an error.
  ///   - form: The form of the images of a batch.
  package init(
    images: ImageSet, transform: Transform, batchSize: Int, context: Context,
    skipBadImages: Bool = false, form: Batch.Form = .floats
  ) {
    precondition(batchSize > 0, "a batch of \(batchSize) images")
    self.images = images
    self.transform = transform
    self.batchSize = batchSize
    self.context = context
    self.skipBadImages = skipBadImages
    self.form = form
  }

  /// The number of batches.
  package var batchCount: Int { (images.items.count + batchSize - 1) / batchSize }

  /// Calls `body` with every batch in order and returns the images that were skipped.
  ///
  /// The last batch may be smaller than the others, and so may a batch with skipped images.
  ///
  /// - Throws: `badData` if an image cannot be read and may not be skipped or if no image can be
  ///   read, and any error that `body` throws.
  @discardableResult
  package func forEach(_ body: (Batch) throws -> Void) throws -> [SkippedImage] {
    var skipped: [SkippedImage] = []
    try forEach(of: Array(0..<batchCount)) { batch in
      skipped += batch.skipped
      if !batch.items.isEmpty { try body(batch) }
    }
    if let first = skipped.first, skipped.count == images.items.count { throw first.error }
    return skipped
  }

  /// Calls `body` with the batches of these numbers, including those without a readable image.
  ///
  /// - Throws: `badData` if an image cannot be read and may not be skipped, and any error that `body`
  ///   throws.
  package func forEach(of numbers: [Int], _ body: (Batch) throws -> Void) throws {
    guard !numbers.isEmpty else { return }
    let size = try commonSize()
    func reading(_ place: Int) -> Future<Batch> {
      let number = numbers[place]
      return Future(context: context) { read(number, size) }
    }
    var next: Future<Batch>? = reading(0)
    for place in numbers.indices {
      guard let batch = next?.value() else { break }
      if let first = batch.skipped.first, !skipBadImages {
        throw counting(batch.skipped.count - 1, first)
      }
      next = place + 1 < numbers.count ? reading(place + 1) : nil
      try body(batch)
    }
  }

  private struct Size: Equatable, Sendable {
    let height: Int
    let width: Int
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
      .badInputSize, "cannot batch the image", at: item.name,
      because: "its size \(size.width)×\(size.height) has a side over the limit of "
        + "\(ImageFile.largestInputSide) for a network's input",
      try: "set a smaller size with --resize and --crop")
  }

  private func read(_ number: Int, _ size: Size) -> Batch {
    let start = number * batchSize
    let items = Array(images.items[start..<min(start + batchSize, images.items.count)])
    let shape: Shape = [items.count, transform.channels, size.height, size.width]
    let input: NetworkInput
    let results: [ReadResult]
    switch form {
    case .floats:
      let (scalars, read) = read(items, size) { transform($0, into: $1) }
      (input, results) = (.floats(Tensor(shape: shape, scalars: scalars)), read)
    case .pixels:
      guard let scaling = transform.scaling else {
        preconditionFailure("grey images are read as floats")
      }
      let (bytes, read) = read(items, size) { transform.writePlanes(of: $0, into: $1) }
      let pixels = PixelImages(
        count: items.count, height: size.height, width: size.width, bytes: bytes,
        scaling: scaling)
      (input, results) = (.pixels(pixels), read)
    }
    let good = items.indices.filter { results[$0].error == nil }
    let failures = zip(items, results).compactMap { item, result in
      result.error.map { SkippedImage(name: item.name, error: $0) }
    }
    return Batch(
      input: good.count == items.count ? input : input.gathering(good),
      items: good.map { items[$0] }, number: number, skipped: failures,
      decodingSeconds: results.reduce(0) { $0 + $1.seconds })
  }

  /// The error of an image that could not be read, and the processor time of reading it.
  private struct ReadResult: Sendable {
    let error: InputError?
    let seconds: Double
  }

  /// Returns the scalars of all images, (N, C, H, W), which `write` writes image by image.
  private func read<Scalar: Numeric & Sendable>(
    _ items: [ImageSet.Item], _ size: Size,
    write: @Sendable (Image, UnsafeMutableBufferPointer<Scalar>) -> Void
  ) -> ([Scalar], [ReadResult]) {
    let slot = transform.channels * size.height * size.width
    var results: [ReadResult] = []
    let scalars = [Scalar](unsafeUninitializedCapacity: items.count * slot) { buffer, count in
      let slots = SharedPointer(buffer)
      results = context.map(items.count) { index in
        let start = threadSeconds()
        let row = UnsafeMutableBufferPointer(
          rebasing: slots.base[index * slot..<(index + 1) * slot])
        let error = read(items[index], size, into: row, write)
        return ReadResult(error: error, seconds: threadSeconds() - start)
      }
      count = items.count * slot
    }
    return (scalars, results)
  }

  /// Writes one image into its slot; if it cannot be read, writes zeros and returns the error.
  private func read<Scalar: Numeric>(
    _ item: ImageSet.Item, _ size: Size, into row: UnsafeMutableBufferPointer<Scalar>,
    _ write: (Image, UnsafeMutableBufferPointer<Scalar>) -> Void
  ) -> InputError? {
    do throws(InputError) {
      let image = try images.load(item)
      let (height, width) = transform.outputSize(of: image)
      guard Size(height: height, width: width) == size else {
        throw InputError(
          .badInputSize, "cannot batch the image", at: item.name,
          because:
            "it is \(width)×\(height), but the first image is \(size.width)×\(size.height)",
          try: "give all images one size with --resize and --crop")
      }
      write(image, row)
      return nil
    } catch {
      row.initialize(repeating: 0)
      return error
    }
  }

  /// Returns the first failure of a batch, with the number of the others added to its reason.
  private func counting(_ others: Int, _ first: SkippedImage) -> InputError {
    let error = first.error
    return InputError(
      error.code, error.what, at: error.place,
      because: error.reason + (others > 0 ? " (and \(others) more images of its batch)" : ""),
      try: error.remedy.isEmpty ? "use --skip-bad-images to leave such images out" : error.remedy)
  }
}
