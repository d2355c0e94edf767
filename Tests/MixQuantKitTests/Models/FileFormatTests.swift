import Graphs
import Checkpoints
import Files
import Foundation
import KitSupport
import MixQuantKit
import Quantization
import Tensors
import TestSupport
import Testing

@Suite("The documented file format")
struct FileFormatTests {
  private static let reader = SharedFiles.projectRoot.appending(path: "Docs/Examples/read_mixq.py")

  @Test("The Python reader of the guide gets the same weights, to the bit", .needsPython(.numpy))
  func pythonReader() throws {
    try withTemporaryFolder { folder in
      let packed = try CheckpointSketch.tinyWithProjections.model(in: folder)
        .packedNearest(hasActivations: true)
      let url = folder.appending(path: "tiny.mixq")
      try packed.encoded.write(to: url, overwriting: false)
      let expected = zip(packed.network.network.layers, packed.network.weights).map {
        layer, weights in
        let shape = weights.shape.dimensions.map(String.init).joined(separator: "x")
        let bytes = weights.dequantized().scalars.map(\.bitPattern.littleEndian)
          .withUnsafeBytes { Data($0) }
        return "\(layer.name) \(shape) \(weights.bitWidth) \(SHA256.hexDigest(of: bytes))"
      }
      let run = try Python.run(file: Self.reader, [url.path])
      #expect(run.code == 0, "\(run.output)")
      #expect(run.output.split(separator: "\n").map(String.init) == expected)
    }
  }

  @Test("The Python reader refuses a flipped bit", .needsPython(.numpy))
  func pythonReaderRefusesDamage() throws {
    try withTemporaryFolder { folder in
      var bytes = try CheckpointSketch.tinyWithSubsampling.model(in: folder).packedNearest()
        .encoded.encoded
      bytes[bytes.count - 7] ^= 4
      let url = folder.appending(path: "tiny.mixq")
      try bytes.write(to: url)
      let run = try Python.run(file: Self.reader, [url.path])
      #expect(run.code != 0 && run.output.contains("is damaged"))
    }
  }
}
