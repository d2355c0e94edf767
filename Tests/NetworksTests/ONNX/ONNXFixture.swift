import Checkpoints
import Files
import Foundation
import Graphs
import Networks
import Tensors
import TestSupport
import Testing

/// A small ONNX file of `Tests/Fixtures/ONNX` with ONNX Runtime's logits for two images.
struct ONNXFixture: Sendable, CustomTestStringConvertible {
  let name: String
  var testDescription: String { name }

  private static let folder = SharedFiles.projectRoot.appending(path: "Tests/Fixtures/ONNX")

  static let exported = [
    "torchscript", "torchscript_inputs", "dynamo", "dynamo_plain", "timm_se", "timm_v2",
    "timm_blur",
    "optimum", "cifar",
  ].map(ONNXFixture.init)
  static let styled = ["zoo_v1", "zoo_v2", "caffe2", "keras", "paddle"].map(ONNXFixture.init)
  static let all = exported + styled

  static func named(_ name: String) -> ONNXFixture { ONNXFixture(name: name) }

  var url: URL { Self.folder.appending(path: "\(name).onnx") }

  func file() throws -> ONNXFile { try ONNXFile(contentsOf: url) }

  func network() throws -> ONNXNetwork { try ONNXNetwork(file()) }

  /// The largest difference of the logits from ONNX Runtime's, relative to the largest of those.
  func logitError(_ network: Graph) throws -> Double {
    let recorded =
      try Checkpoint.read(Self.folder.appending(path: "logits.safetensors")).stateDict
    let images = try #require(recorded["images"])
    let expected = try #require(recorded[name])
    let logits = network.logits(images)
    #expect(logits.scalars.count == expected.scalars.count)
    return relativeError(logits.scalars, expected.scalars)
  }
}

extension ONNXModel {
  /// The model as a file in memory, without external data.
  var file: ONNXFile { ONNXFile(self, byteCount: encoded.count) }

  /// The index of the node called `name`.
  func index(_ name: String) throws -> Int {
    try #require(graph.nodes.firstIndex { $0.name == name }, "no node \(name)")
  }
}

/// The error of converting `model`.
func refusal(_ model: ONNXModel) throws -> InputError {
  try #require(throws: InputError.self) { try ONNXNetwork(model.file) }
}
