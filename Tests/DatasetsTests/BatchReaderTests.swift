import Datasets
import Execution
import Files
import Foundation
import Tensors
import TestSupport
import Testing

@Suite("Reading batches")
struct BatchReaderTests {
  static let transform = Transform(resize: 16, crop: 14)

  static func read(
    _ set: ImageSet, batch: Int = 3, threads: Int = 1, skip: Bool = false,
    transform: Transform = Self.transform
  ) throws -> (batches: [Batch], skipped: [SkippedImage]) {
    var batches: [Batch] = []
    let reader = BatchReader(
      images: set, transform: transform, batchSize: batch, context: Context(threads: threads),
      skipBadImages: skip)
    let skipped = try reader.forEach { batches.append($0) }
    return (batches, skipped)
  }

  static let files: [String: Data] = {
    let names = [
      "rgb.png", "420.jpg", "grey.jpg", "cmyk.jpg", "palette.png", "444.jpg", "rgba.png",
    ]
    let data = names.compactMap { try? fixture($0) }
    return Dictionary(
      uniqueKeysWithValues: data.enumerated().map {
        ("\($0.offset % 2)/\($0.offset).png", $0.element)
      })
  }()

  @Test("An input without crop that would fill the memory is refused")
  func largeInput() throws {
    try withFolder(["a.png": try fixture("rgb.png")]) { root in
      let set = try ImageSet.open(root)
      let wide = Transform(resize: 4000, crop: nil)
      let error = inputError { _ = try Self.read(set, transform: wide) }
      #expect(
        error?.kind == .badData && error?.remedy == "set a smaller size with --resize and --crop")
    }
  }

  @Test("Pixels and floats are the same images, to the bit of every float")
  func forms() throws {
    try withFolder(Self.files) { root in
      let set = try ImageSet.open(root)
      let floats = try Self.read(set, batch: 4, skip: true).batches
      var pixels: [Batch] = []
      let reader = BatchReader(
        images: set, transform: Self.transform, batchSize: 4, context: Context(threads: 2),
        skipBadImages: true, form: .pixels)
      try reader.forEach { pixels.append($0) }
      #expect(pixels.map(\.items) == floats.map(\.items))
      for (left, right) in zip(pixels, floats) {
        guard case .pixels(let planes) = left.input else {
          Issue.record("no pixels")
          return
        }
        #expect(planes.bytes.count == left.items.count * 3 * 14 * 14)
        #expect(left.images == right.images)
        #expect(left.decodingSeconds > 0)
      }
    }
  }

  @Test("All images arrive once and in order, the last batch is smaller")
  func order() throws {
    try withFolder(Self.files) { root in
      let set = try ImageSet.open(root)
      let (batches, skipped) = try Self.read(set)
      #expect(batches.map(\.items.count) == [3, 3, 1] && skipped.isEmpty)
      #expect(batches.flatMap(\.items) == set.items)
      #expect(batches.flatMap(\.labels) == set.items.map(\.label))
      #expect(batches[0].images.shape == [3, 3, 14, 14])

      var expected = [Float](repeating: 0, count: 3 * 14 * 14)
      let image = try set.load(set.items[4])
      expected.withUnsafeMutableBufferPointer { Self.transform(image, into: $0) }
      #expect(batches[1].images[rows: 1..<2].scalars == expected)
    }
  }

  @Test("Batches do not depend on the number of threads", arguments: [2, 5])
  func context(count: Int) throws {
    try withFolder(Self.files) { root in
      let set = try ImageSet.open(root)
      let expected = try Self.read(set, threads: 1).batches.map(\.images)
      #expect(try Self.read(set, threads: count).batches.map(\.images) == expected)
    }
  }

  @Test("An unreadable image is an error that names it, unless it is to be skipped")
  func badImages() throws {
    let files = Self.files.merging(["0/1.png": Data(), "1/x.jpg": Data("text".utf8)]) { $1 }
    try withFolder(files) { root in
      let set = try ImageSet.open(root)
      let error = inputError { _ = try Self.read(set) }
      #expect(error?.place.hasSuffix("/0/1.png") == true)
      #expect(error?.remedy == "use --skip-bad-images to leave such images out")

      let (batches, skipped) = try Self.read(set, skip: true)
      #expect(skipped.map(\.name) == ["0/1.png", "1/x.jpg"])
      #expect(batches.map(\.images.rowCount) == batches.map(\.items.count))
      #expect(
        batches.flatMap(\.items).map(\.name)
          == set.items.map(\.name).filter {
            !["0/1.png", "1/x.jpg"].contains($0)
          })
    }
  }

  @Test("A set of which nothing can be read is an error even when bad images are skipped")
  func nothingReadable() throws {
    try withFolder(["0/1.png": Data(), "0/2.png": Data()]) { root in
      let set = try ImageSet.open(root)
      #expect(inputError { _ = try Self.read(set, skip: true) }?.reason == "the file is empty")
    }
  }

  @Test("Without a crop, images of different sizes do not batch")
  func differentSizes() throws {
    try withFolder(Self.files) { root in
      let (batches, _) = try Self.read(ImageSet.open(root), transform: .cifar)
      #expect(batches[0].images.shape == [3, 3, 29, 37])
    }
    let files = Self.files.merging(["1/small.png": try fixture("small.png")]) { $1 }
    try withFolder(files) { root in
      let error = inputError { _ = try Self.read(ImageSet.open(root), transform: .cifar) }
      #expect(error?.place == "1/small.png")
      #expect(error?.reason == "it is 8×6, but the first image is 37×29")
    }
  }

  @Test("An error thrown by the body ends the reading")
  func bodyThrows() throws {
    struct Stop: Error {}
    try withFolder(Self.files) { root in
      let reader = BatchReader(
        images: try ImageSet.open(root), transform: Self.transform, batchSize: 2, context: .serial)
      var calls = 0
      #expect(throws: Stop.self) {
        try reader.forEach { _ in
          calls += 1
          throw Stop()
        }
      }
      #expect(calls == 1)
    }
  }
}
