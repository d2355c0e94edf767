import KitSupport
import Checkpoints
import Datasets
import Files
import Foundation
import Networks
import MixQuantKit
import Tensors
import TestSupport
import Testing

@Suite("Model")
struct ModelTests {
  @Test("The content of a file decides if it is a checkpoint or a packed file")
  func kinds() throws {
    try withTemporaryFolder { folder in
      let checkpoint = try CheckpointSketch.tinyWithSubsampling.model(in: folder)
      let packedURL = folder.appending(path: "packed.pth")
      try checkpoint.packedNearest().encoded.write(to: packedURL, overwriting: false)
      if case .packed = try Model(contentsOf: checkpoint.url) { Issue.record("not packed") }
      if case .checkpoint = try Model(contentsOf: packedURL) { Issue.record("not a checkpoint") }
    }
  }

  @Test("A packed file is refused with a clear reason if full precision is needed")
  func packedWhereCheckpoint() throws {
    try withTemporaryFolder { folder in
      let packedURL = folder.appending(path: "packed.safetensors")
      try CheckpointSketch.tinyWithSubsampling.model(in: folder).packedNearest().encoded
        .write(to: packedURL, overwriting: false)
      let error = inputError { _ = try CheckpointModel(contentsOf: packedURL) }
      #expect(error?.kind == .badData && error?.what == "a full-precision checkpoint is needed")
    }
  }

  @Test("Batch normalisation that cannot be folded is refused, and its layer named")
  func overflow() throws {
    try withTemporaryFolder { folder in
      var tensors = CheckpointSketch.tinyWithSubsampling.randomStateDict(seed: 1)
      let name = try #require(tensors.names.first { $0.hasSuffix("bn2.running_var") })
      let size = try #require(tensors[name]).scalars.count
      tensors[name]?.scalars = [Float](repeating: 0, count: size)
      let model = try CheckpointSketch.model(tensors, in: folder)
      var options = CheckpointOptions()
      options.architecture.bnEpsilon = 0
      let error = inputError { _ = try CheckpointModel(contentsOf: model.url, options: options) }
      #expect(error?.kind == .badData && error?.place.contains("conv2") == true)
    }
  }

  @Test("Options about checkpoints are refused for a packed file")
  func optionsOfPacked() throws {
    try withTemporaryFolder { folder in
      let packedURL = folder.appending(path: "packed.safetensors")
      try CheckpointSketch.tinyWithSubsampling.model(in: folder).packedNearest().encoded
        .write(to: packedURL, overwriting: false)
      let error = inputError {
        _ = try Model(contentsOf: packedURL, options: CheckpointOptions(preferEMA: true))
      }
      #expect(error?.kind == .usage)
    }
  }

  @Test("A packed file brings its transform; a preset replaces all of it, other flags a part")
  func transforms() throws {
    try withTemporaryFolder { folder in
      let packed = try CheckpointSketch.tinyWithSubsampling.model(in: folder).packedNearest()
      func transform(_ flags: TransformFlags) throws -> Transform {
        try Model.packed(packed).transform(flags: flags, url: folder).transform
      }
      #expect(try transform(.init()) == packed.transform)
      #expect(try transform(.init(preset: .torchvisionV2)) == .torchvisionV2)
      #expect(try transform(.init(crop: 24)).crop == 24)
    }
  }

  @Test("The configuration beside a checkpoint names its classes")
  func labelNames() throws {
    try withTemporaryFolder { folder in
      let names = (0..<10).map { "class \($0)" }
      let text = #"{"label_names": \#(json(names))}"#
      try Data(text.utf8).write(to: folder.appending(path: "tiny.json"))
      let model = try CheckpointSketch.tinyWithSubsampling.model(in: folder)
      #expect(model.labelNames == names)
      #expect(try model.packedNearest().labelNames == names)
    }
  }
}
