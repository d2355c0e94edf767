import Quantization
import Checkpoints
import Files
import Foundation
import KitSupport
import MixQuantKit
import TestSupport
import Testing

@Suite("Checksums of packed files")
struct PackedChecksumsTests {
  @Test("One flipped bit in any tensor is found when the file is opened, and the tensor is named")
  func flippedBits() throws {
    try withTemporaryFolder { folder in
      let file = try CheckpointSketch.tinyWithProjections.model(in: folder)
        .packedNearest(hasActivations: true).encoded
      for index in file.entries.indices {
        let entry = file.entries[index]
        for place in [0, entry.data.count / 2, entry.data.count - 1] {
          var bytes = [UInt8](entry.data)
          bytes[place] ^= 1 << UInt8(index % 8)
          var entries = file.entries
          entries[index] = SafetensorsEntry(
            name: entry.name, elementType: entry.elementType, shape: entry.shape,
            data: Data(bytes))
          let flipped = SafetensorsFile(entries: entries, metadata: file.metadata)
          let error = inputError { _ = try PackedModel(flipped, at: "tiny") }
          #expect(error?.kind == .badData)
          #expect(error?.reason == "the tensor \(entry.name) does not match its SHA-256")
        }
      }
    }
  }

  @Test("One flipped bit anywhere in a file is never scored")
  func flippedFile() throws {
    try withTemporaryFolder { folder in
      let packed = try CheckpointSketch.tinyWithSubsampling.model(in: folder)
        .packedNearest(hasActivations: true)
      let bytes = packed.encoded.encoded
      for place in stride(from: 0, to: bytes.count, by: 97) {
        var flipped = bytes
        flipped[place] ^= 1 << UInt8(place % 8)
        guard let read = try? PackedModel(SafetensorsFile(flipped, place: "tiny"), at: "tiny")
        else { continue }
        // The order of keys and the spaces between them have no meaning.
        #expect(read.encoded == packed.encoded, "byte \(place)")
      }
    }
  }

  @Test("Changed metadata are found")
  func metadata() throws {
    try withTemporaryFolder { folder in
      let file = try CheckpointSketch.tinyWithSubsampling.model(in: folder)
        .packedNearest(hasActivations: true).encoded
      for key in file.metadata.keys where key != "mixq.format" {
        var metadata = file.metadata
        metadata[key]?.append(" ")
        let changed = SafetensorsFile(entries: file.entries, metadata: metadata)
        #expect(inputError { _ = try PackedModel(changed, at: "tiny") }?.kind == .badData, "\(key)")
      }
    }
  }

  @Test("At uniform 4 bits, the file of a ResNet-18 is at most 0.5 % larger than its layers")
  func overhead() throws {
    try withTemporaryFolder { folder in
      var sketch = CheckpointSketch([2, 2, 2, 2])
      sketch.classCount = 10
      let tensors = sketch.zeroStateDict()
      let model = try CheckpointSketch.model(tensors, in: folder)
      let packed = try model.packedUniform(4)
      let layers = packed.layerBytes.reduce(0) { $0 + $1.total }
      #expect(layers == packed.payloadBytes)
      let excess = Double(packed.encoded.encoded.count) / Double(layers) - 1
      #expect(excess <= 0.005, "\(100 * excess) %")
    }
  }
}
