import Datasets
import Files
import Foundation
import Testing

@Suite("CIFAR-10's binary batches")
struct CIFAR10Tests {
  /// Records whose red plane is the label, green the pixel's column, blue its row.
  static func batch(labels: [UInt8]) -> Data {
    var bytes: [UInt8] = []
    for label in labels {
      bytes.append(label)
      bytes += [UInt8](repeating: label, count: 1024)
      bytes += (0..<1024).map { UInt8($0 % 32) }
      bytes += (0..<1024).map { UInt8($0 / 32) }
    }
    return Data(bytes)
  }

  @Test("Evaluation reads the test batch, calibration the data batches")
  func purposes() throws {
    let files = [
      "test_batch.bin": Self.batch(labels: [3, 9]), "data_batch_1.bin": Self.batch(labels: [0]),
      "data_batch_2.bin": Self.batch(labels: [7, 1]), "readme.html": Data(),
    ]
    try withFolder(files) { root in
      let evaluation = try ImageSet.open(root)
      #expect(
        evaluation.layout == "CIFAR-10 binary (test_batch.bin)" && evaluation.classNames[3] == "cat"
      )
      #expect(
        evaluation.notes == [
          "skipped    not for evaluation: 3 (data_batch_1.bin, data_batch_2.bin, readme.html)"
        ])
      #expect(evaluation.items.map(\.label) == [3, 9])
      #expect(evaluation.items.map(\.name) == ["test_batch.bin#0", "test_batch.bin#1"])
      let calibration = try ImageSet.open(root, purpose: .calibration)
      #expect(calibration.items.map(\.label) == [0, 7, 1])

      let image = try calibration.load(calibration.items[1])
      #expect(image.width == 32 && image.height == 32)
      #expect(image.pixels[(5 * 32 + 11) * 3..<(5 * 32 + 11) * 3 + 3] == [7, 11, 5])
    }
  }

  @Test("Batches of equal names, labels and sizes but other pixels are other lists")
  func manifest() throws {
    let batch = Self.batch(labels: [3, 9])
    var other = batch
    other[5] ^= 1
    func manifest(_ bytes: Data) throws -> String {
      var manifest = ""
      try withFolder(["test_batch.bin": bytes]) { manifest = try ImageSet.open($0).manifest }
      return manifest
    }
    #expect(try manifest(batch) == manifest(batch))
    #expect(try manifest(batch) != manifest(other))
  }

  @Test("Class names come from batches.meta.txt if it exists")
  func classNames() throws {
    let names = (0..<10).map { "class \($0)" }
    let files = [
      "test_batch.bin": Self.batch(labels: [3]),
      "batches.meta.txt": Data((names.joined(separator: "\n") + "\n\n").utf8),
    ]
    try withFolder(files) { root in
      let set = try ImageSet.open(root)
      #expect(set.classNames == names)
    }
  }

  @Test("Cut files, impossible labels and a missing part are refused")
  func refusals() throws {
    let bad = [
      "test_batch.bin": Self.batch(labels: [10]),
      "data_batch_1.bin": Self.batch(labels: [1]).dropLast(),
    ]
    try withFolder(bad) { root in
      let label = inputError { _ = try ImageSet.open(root) }
      #expect(label?.reason == "record 0 has the label 10, not one of 0...9")
      let length = inputError { _ = try ImageSet.open(root, purpose: .calibration) }
      #expect(length?.reason == "its 3072 bytes are not a whole number of 3073-byte records")
    }
    try withFolder(["data_batch_1.bin": Self.batch(labels: [1])]) { root in
      let error = inputError { _ = try ImageSet.open(root) }
      #expect(error?.kind == .missingInput)
    }
  }
}
