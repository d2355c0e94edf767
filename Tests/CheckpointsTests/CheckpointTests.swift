import Files
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Checkpoints

@Suite("Reading checkpoints")
struct CheckpointTests {
  @Test(
    "every way of saving the same weights gives the same tensors",
    arguments: [
      ("tiny_zip.pt", "PyTorch zip", 0), ("tiny_protocol5.pt", "PyTorch zip", 0),
      ("tiny_legacy.pt", "PyTorch legacy", 0), ("tiny_strided.pt", "PyTorch zip", 0),
      ("tiny_strided_legacy.pt", "PyTorch legacy", 0), ("tiny_parameters.pt", "PyTorch zip", 0),
      ("tiny_whole_module.pt", "PyTorch zip", 0), ("tiny_training.pt", "PyTorch zip", 0),
      ("tiny_float64.pt", "PyTorch zip", 0), ("tiny_float16.pt", "PyTorch zip", 0x1p-10),
      ("tiny_bfloat16.pt", "PyTorch zip", 0x1p-7),
    ])
  func sameWeights(name: String, format: String, tolerance: Double) throws {
    let expected = try Checkpoint.read(fixture("tiny.safetensors"))
    #expect(expected.format == "safetensors")
    let file = try Checkpoint.read(fixture(name))
    #expect(file.format == format)
    try expectEqual(file.stateDict, expected.stateDict, tolerance: tolerance)
  }

  @Test("names keep the order of the file, and element types are counted")
  func order() throws {
    let file = try Checkpoint.read(fixture("tiny_zip.pt"))
    #expect(
      file.stateDict.names == [
        "conv.weight", "bn.weight", "bn.bias", "bn.running_mean", "bn.running_var",
        "bn.num_batches_tracked", "head.1.weight", "head.1.bias",
      ])
    #expect(file.elementTypes == ["float32": 7, "int64": 1])
    #expect(file.stateDict["bn.num_batches_tracked"] == Tensor(shape: [], scalars: [7]))
    #expect(file.notes.isEmpty && file.inertGlobals.isEmpty && file.metadata.isEmpty)
  }

  @Test("safetensors metadata is kept")
  func metadata() throws {
    #expect(try Checkpoint.read(fixture("tiny.safetensors")).metadata == ["format": "pt"])
  }

  @Test("integers, booleans and half floats become floats")
  func elementTypes() throws {
    let weights = try Checkpoint.read(fixture("tiny_types.pt")).stateDict
    #expect(weights.count == 10)
    for name in weights.names {
      #expect(weights[name]?.scalars == (name == "bool" ? [0, 1, 1] : [0, 1, 100]), "\(name)")
    }
  }

  @Test("tensors that share a storage, or repeat its elements, are copied apart")
  func sharedStorage() throws {
    let weights = try Checkpoint.read(fixture("tiny_shared.pt")).stateDict
    #expect(weights["first"] == Tensor(shape: [2, 3], scalars: [0, 1, 2, 3, 4, 5]))
    #expect(weights["second"] == Tensor(shape: [6], scalars: [3, 4, 5, 6, 7, 8]))
    #expect(weights["wide"] == Tensor(shape: [4], scalars: [0, 0, 0, 0]))
  }

  @Test("a weight that is not finite is refused by name", arguments: [Float.nan, -.infinity])
  func notFinite(value: Float) throws {
    var entry = [Float](repeating: 1, count: 40)
    entry[33] = value
    let file = SafetensorsFile(entries: [
      SafetensorsEntry(name: "fine", shape: [1], float32: [0]),
      SafetensorsEntry(name: "broken", shape: [5, 8], float32: entry),
    ])
    let error = try readingError(file.encoded)
    #expect(error.kind == .badData)
    #expect(error.place.hasSuffix(": broken"))
    #expect(error.reason == "element 33 of 40 is \(value)")
  }

  @Test("a few bytes that unfold to many scalars are refused")
  func budget() throws {
    let pickle = dictionaryPickle { $0.tensor(sizes: [1 << 20, 1 << 10], strides: [0, 0]) }
    #expect(try readingError(torchArchive(pickle)).reason.contains("unfold to more than"))
  }
}

@Suite("Golden checkpoints", .needsSharedFiles)
struct GoldenCheckpointTests {
  @Test(
    "every variant of ResNet-8 holds the same weights",
    arguments: [
      ("zip", 0), ("legacy", 0), ("training_checkpoint", 0), ("fp64", 0), ("strided_views", 0),
      ("parameters", 0), ("fp16", 0x1p-10), ("bf16", 0x1p-7),
    ])
  func variants(name: String, tolerance: Double) throws {
    let expected = try Checkpoint.read(goldenCheckpoint("resnet8.safetensors")).stateDict
    let file = try Checkpoint.read(goldenCheckpoint("resnet8_\(name).pth"))
    try expectEqual(file.stateDict, expected, tolerance: tolerance)
  }

  @Test(
    "hostile objects stay inert, and the weights beside them are read",
    arguments: ["hostile_reduce_zip.pth", "hostile_reduce_legacy.pth"])
  func hostileReduce(name: String) throws {
    let expected = try Checkpoint.read(goldenCheckpoint("resnet8.safetensors")).stateDict
    let file = try Checkpoint.read(goldenCheckpoint(name))
    try expectEqual(file.stateDict, expected)
    #expect(file.inertGlobals == ["posix.system"])
    #expect(!FileManager.default.fileExists(atPath: "pwned-by-checkpoint"))
  }

  @Test(
    "broken files are refused with the reason",
    arguments: [
      ("broken_empty.pth", "the file is empty"),
      ("broken_text.pth", "it is text that begins with 'hello world'"),
      ("broken_truncated_zip.pth", "cut off"),
      ("broken_truncated_legacy.pth", "cut off"),
      ("broken_zip_bomb.pth", "compressed (method 8)"),
      ("broken_short_storage.pth", "needs 1728 bytes of storage '0', which holds 16"),
      ("broken_nan_weight.pth", "is nan"),
      ("broken_header_length.safetensors", "header should have"),
      ("broken_json.safetensors", "JSON"),
      ("broken_offsets.safetensors", "data_offsets span 1000000008"),
      ("broken_overflow.safetensors", "too large"),
      ("hostile_deep_nest.pth", "magic number is missing"),
      ("hostile_long_string.pth", "2147483647 bytes are needed at byte 7, but only 4 are left"),
      ("hostile_memo_bomb.pth", "value that it never made"),
    ])
  func broken(name: String, reason: String) throws {
    let url = try goldenCheckpoint(name)
    let error = try #require(throws: InputError.self) { try Checkpoint.read(url) }
    #expect(error.kind == .badData)
    #expect(error.place.contains(name))
    #expect(error.reason.contains(reason), "\(error)")
  }

  @Test(
    "files whose fault is only in the architecture, or in a name that is never used, are read",
    arguments: [
      "broken_missing_tensor.pth", "broken_path_traversal.pth", "unsupported_extra_module.pth",
      "unsupported_odd_kernel.pth",
    ])
  func readable(name: String) throws {
    #expect(try Checkpoint.read(goldenCheckpoint(name)).stateDict.count > 30)
  }

  @Test("published and trained models are read")
  func models() throws {
    let legacy = try Checkpoint.read(SharedFiles.url("models/resnet20-cifar10.th"))
    #expect(legacy.format == "PyTorch legacy")
    #expect(legacy.stateDict["layer3.2.conv2.weight"]?.shape == [64, 64, 3, 3])
    let zip = try Checkpoint.read(SharedFiles.url("models/resnet18-imagenette.pth"))
    #expect(zip.stateDict["fc.weight"]?.shape == [10, 512])
  }
}
