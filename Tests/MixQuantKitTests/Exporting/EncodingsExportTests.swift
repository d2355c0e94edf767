import Graphs
import Foundation
import KitSupport
import MixQuantKit
import Quantization
import TestSupport
import Testing

@Suite("Export to AIMET's encodings")
struct EncodingsExportTests {
  private struct Encodings: Decodable {
    struct Encoding: Decodable {
      let name: String
      let dtype: String
      let enc_type: String
      let bw: Int
      let is_sym: Bool
      let scale: [Float]
      let offset: [Int]
    }

    let version: String
    let activation_encodings: [Encoding]
    let param_encodings: [Encoding]
  }

  private func encodings(_ packed: PackedModel) throws -> Encodings {
    try JSONDecoder().decode(Encodings.self, from: Data(packed.encodings.utf8))
  }

  @Test("Every layer and every site has its grid, with offsets of the opposite sign")
  func grids() throws {
    try withTemporaryFolder { folder in
      let packed = try CheckpointSketch.tinyWithProjections.model(in: folder)
        .packedNearest(hasActivations: true)
      let read = try encodings(packed)
      #expect(read.version == "1.0.0")
      let layers = packed.network.network.layers
      #expect(read.param_encodings.map(\.name) == layers.map { "\($0.name).weight" })
      for (encoding, weights) in zip(read.param_encodings, packed.network.weights) {
        #expect(encoding.bw == weights.bitWidth.bits && encoding.dtype == "INT")
        #expect(encoding.enc_type == "PER_CHANNEL")
        #expect(encoding.scale == weights.grids.map(\.scale))
        #expect(encoding.offset == weights.grids.map { -$0.zeroPoint })
      }
      #expect(read.activation_encodings.map(\.name) == packed.network.network.sites)
      #expect(read.activation_encodings.allSatisfy { $0.offset == [0] && !$0.is_sym })
    }
  }

  @Test("Symmetric grids are marked")
  func symmetric() throws {
    try withTemporaryFolder { folder in
      let packed = try CheckpointSketch.tinyWithProjections.model(in: folder)
        .packedUniform(8, symmetry: .symmetric)
      let read = try encodings(packed)
      #expect(read.param_encodings.allSatisfy { $0.is_sym && $0.offset.allSatisfy { $0 == -128 } })
    }
  }
}
