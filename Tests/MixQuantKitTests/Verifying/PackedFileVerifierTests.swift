import Graphs
import Checkpoints
import Datasets
import Execution
import Files
import Foundation
import KitSupport
import MixQuantKit
import TestSupport
import Testing

@Suite("Verification of packed files")
struct PackedFileVerifierTests {
  /// Calls `body` with the folder, a model and the place of its packed file.
  private func withPackedFile(_ body: (URL, CheckpointModel, URL) throws -> Void) throws {
    try withTemporaryFolder { folder in
      let model = try CheckpointSketch.tinyWithProjections.model(in: folder)
      let url = folder.appending(path: "tiny.mixq")
      try model.packedNearest(hasActivations: true).encoded.write(to: url, overwriting: false)
      try body(folder, model, url)
    }
  }

  @Test("A sound file passes every check, also against its checkpoint and on images")
  func sound() throws {
    try withPackedFile { folder, model, url in
      var verifier = try PackedFileVerifier(contentsOf: url)
      try verifier.compare(with: model)
      try verifier.compareEngines(on: try shapes(20, seed: 5, in: folder), context: .serial)
      let result = verifier.verification
      #expect(result.passed && result.failure == nil, "\(result.text)")
      #expect(
        Set(result.checks.map(\.name)) == [
          "checksums", "codes", "network", "bytes", "activations", "sums", "provenance",
          "checkpoint", "weights", "engines",
        ])
      #expect(result.sums?.count == model.network.layers.count)
      #expect(result.distances?.allSatisfy { $0.nearest == 1 && $0.hasEqualBias } == true)
    }
  }

  @Test("All damaged tensors are named, not only the first")
  func damaged() throws {
    try withPackedFile { _, _, url in
      var file = try SafetensorsFile(Data(contentsOf: url), place: "tiny")
      let names = ["layer1.0.conv1.codes", "layer2.0.conv2.scales"]
      let entries = file.entries.map { entry in
        guard names.contains(entry.name) else { return entry }
        var bytes = [UInt8](entry.data)
        bytes[0] ^= 1
        return SafetensorsEntry(
          name: entry.name, elementType: entry.elementType, shape: entry.shape, data: Data(bytes))
      }
      file = SafetensorsFile(entries: entries, metadata: file.metadata)
      try file.write(to: url, overwriting: true)
      let result = try PackedFileVerifier(contentsOf: url).verification
      let failed = result.checks.filter { !$0.passed }.map(\.detail)
      for name in names {
        #expect(failed.contains("the tensor \(name) does not match its SHA-256"))
      }
      #expect(!result.passed && result.failure != nil)
    }
  }

  @Test("Set padding bits and zero points out of range are named by layer")
  func codes() throws {
    try withPackedFile { _, _, url in
      let file = try SafetensorsFile(Data(contentsOf: url), place: "tiny")
      // Layer 1 has 3 bits: its codes leave bits of the last byte unused only for some counts.
      let entries = file.entries.map { entry in
        guard entry.name == "layer1.0.conv1.zero_points" else { return entry }
        return SafetensorsEntry(
          name: entry.name, shape: entry.shape,
          uint8: [UInt8](repeating: 255, count: entry.data.count))
      }
      let changed = PackedChecksums.sealing(
        SafetensorsFile(entries: entries, metadata: file.metadata))
      try changed.write(to: url, overwriting: true)
      let failed = try PackedFileVerifier(contentsOf: url).verification.checks
        .filter { !$0.passed }
      #expect(
        failed.contains { $0.name == "codes" && $0.detail.hasPrefix("layer1.0.conv1: ") })
    }
  }

  @Test("Another checkpoint of the same shape is found")
  func anotherCheckpoint() throws {
    try withPackedFile { folder, _, url in
      let other = try CheckpointSketch.tinyWithProjections.model(in: folder, seed: 2)
      var verifier = try PackedFileVerifier(contentsOf: url)
      try verifier.compare(with: other)
      let failed = Set(verifier.verification.checks.filter { !$0.passed }.map(\.name))
      #expect(failed == ["checkpoint", "weights"])
    }
  }

  @Test("A checkpoint with other layers is found")
  func otherLayers() throws {
    try withPackedFile { folder, _, url in
      let other = try CheckpointSketch.tinyWithSubsampling.model(in: folder)
      var verifier = try PackedFileVerifier(contentsOf: url)
      try verifier.compare(with: other)
      #expect(
        verifier.verification.checks.contains { $0.detail == "the checkpoint has other layers" })
    }
  }

  @Test("A checkpoint is refused, since it is not a packed file")
  func notPacked() throws {
    try withTemporaryFolder { folder in
      _ = try CheckpointSketch.tinyWithSubsampling.model(in: folder)
      let error = inputError {
        _ = try PackedFileVerifier(contentsOf: folder.appending(path: "tiny.safetensors"))
      }
      #expect(error?.kind == .badData && error?.reason == "it is not a packed file")
    }
  }
}
