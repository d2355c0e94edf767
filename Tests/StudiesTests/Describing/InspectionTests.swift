import Files
import KitSupport
import Checkpoints
import Datasets
import Foundation
import Graphs
import Networks
import MixQuantKit
import Studies
import Quantization
import TestSupport
import Testing

@Suite("Inspection")
struct InspectionTests {
  private func inspection(_ url: URL) throws -> Inspection { try Inspection(contentsOf: url) }

  @Test("Every layer is listed, with what was assumed about the network")
  func checkpoint() throws {
    try withTemporaryFolder { folder in
      let model = try CheckpointSketch.tinyBottlenecks.model(in: folder)
      let text = try inspection(model.url).text()
      for layer in model.network.layers { #expect(text.contains(layer.name)) }
      #expect(text.contains("assumed") && text.contains("stride on the 3×3"))
    }
  }

  @Test("A packed file shows its widths and where it came from")
  func packed() throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "packed.safetensors")
      let packed = try CheckpointSketch.tinyWithSubsampling.model(in: folder).packedNearest()
      try packed.encoded.write(to: url, overwriting: false)
      let inspection = try inspection(url)
      let object = try #require(
        JSONSerialization.jsonObject(with: Data(json(inspection, keys: .convertToSnakeCase).utf8))
          as? [String: Any])
      let layers = try #require(object["layers"] as? [[String: Any]])
      #expect(layers.compactMap { $0["bits"] as? Int } == packed.plan.bitWidths.map(\.bits))
      #expect(object["payload_bytes"] as? Int == packed.payloadBytes)
      #expect(inspection.text().contains(packed.provenance.modelDigest))
    }
  }

  @Test("The inspection states the engine of a file, and the layers that compute with codes")
  func engine() throws {
    try withTemporaryFolder { folder in
      let model = try CheckpointSketch.tinyWithSubsampling.model(in: folder)
      for hasActivations in [false, true] {
        let url = folder.appending(path: "packed-\(hasActivations).safetensors")
        try model.packedNearest(hasActivations: hasActivations).encoded
          .write(to: url, overwriting: false)
        let text = try inspection(url).text()
        #expect(text.contains("engine        \(hasActivations ? "integer" : "float") kernels ("))
        for arithmetic in ["8-bit pixels", "sums of codes"] {
          #expect(text.contains(arithmetic) == hasActivations)
        }
      }
    }
  }

  @Test("Inert globals of a hostile pickle are named", .needsSharedFiles)
  func inertGlobals() throws {
    let url = try SharedFiles.url("golden/checkpoints/hostile_reduce_zip.pth")
    #expect(try inspection(url).text().contains(/inert +\S+ \(named in the pickle, not executed\)/))
  }
}
