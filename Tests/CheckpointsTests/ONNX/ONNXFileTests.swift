import Files
import Foundation
import TestSupport
import Testing

@testable import Checkpoints

@Suite("ONNX files with external data")
struct ONNXFileTests {
  /// Writes a model with one tensor in another file, and opens it.
  private func open(
    _ data: ONNXExternalData, dimensions: [Int] = [4], in folder: URL
  ) throws -> ONNXFile {
    let tensor = ONNXTensor(
      name: "w", elementType: .float32, dimensions: dimensions, content: .external(data))
    let model = ONNXModel(
      irVersion: 8, operatorSets: [.init(version: 17)], producerName: "test",
      graph: ONNXGraph(name: "g", nodes: [], initializers: [tensor], inputs: [], outputs: []))
    let url = folder.appending(path: "model.onnx")
    try model.write(to: url, overwriting: true)
    return try ONNXFile(contentsOf: url)
  }

  private func refusal(
    _ data: ONNXExternalData, dimensions: [Int] = [4], in folder: URL
  ) throws -> InputError {
    try #require(throws: InputError.self) {
      _ = try open(data, dimensions: dimensions, in: folder)
    }
  }

  private func floats(_ values: [Float]) -> Data { values.withUnsafeBytes { Data($0) } }

  @Test("are read from the file beside the model, at the offset")
  func reading() throws {
    try withTemporaryFolder { folder in
      try floats([9, 1, 2, 3, 4, 9]).write(to: folder.appending(path: "w.bin"))
      let file = try open(.init(location: "w.bin", offset: 4, length: 16), in: folder)
      #expect(try file.model.graph.initializers[0].floats(place: "test") == [1, 2, 3, 4])
      #expect(file.urls.map(\.lastPathComponent) == ["model.onnx", "w.bin"])
      let open = try open(.init(location: "w.bin", offset: 8), in: folder)
      #expect(try open.model.graph.initializers[0].floats(place: "test") == [2, 3, 4, 9])
    }
  }

  @Test("may be in a folder inside that of the model")
  func subfolder() throws {
    try withTemporaryFolder { folder in
      let inner = folder.appending(path: "data")
      try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: true)
      try floats([1, 2, 3, 4]).write(to: inner.appending(path: "w.bin"))
      let file = try open(.init(location: "data/w.bin"), in: folder)
      #expect(try file.model.graph.initializers[0].floats(place: "test") == [1, 2, 3, 4])
    }
  }

  @Test(
    "outside the model's folder are refused",
    arguments: [
      "../w.bin", "/etc/passwd", "a/../../w.bin", "./w.bin", "", "a//b", "a\\b", "a\u{0}b", "..",
    ])
  func outside(location: String) throws {
    try withTemporaryFolder { folder in
      let error = try refusal(.init(location: location), in: folder)
      #expect(error.kind == .badData)
      #expect(error.reason.hasSuffix("which is no file in the model's folder"), "\(error)")
    }
  }

  @Test("behind a link to another folder are refused")
  func link() throws {
    try withTemporaryFolder { outer in
      let folder = outer.appending(path: "model")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try floats([1, 2, 3, 4]).write(to: outer.appending(path: "secret.bin"))
      try FileManager.default.createSymbolicLink(
        at: folder.appending(path: "w.bin"), withDestinationURL: outer.appending(path: "secret.bin")
      )
      let error = try refusal(.init(location: "w.bin"), in: folder)
      #expect(error.reason == "its data are in w.bin, which is a link to another folder")
    }
  }

  @Test("that are missing are named")
  func missing() throws {
    try withTemporaryFolder { folder in
      let error = try refusal(.init(location: "w.bin"), in: folder)
      #expect(error.kind == .missingInput)
      #expect(error.reason == "its data are in the file w.bin, which is missing")
    }
  }

  @Test("beyond the end of their file are refused, also when sums overflow")
  func beyondTheEnd() throws {
    try withTemporaryFolder { folder in
      try floats([1, 2, 3, 4]).write(to: folder.appending(path: "w.bin"))
      for data in [
        ONNXExternalData(location: "w.bin", offset: 4, length: 16),
        ONNXExternalData(location: "w.bin", offset: 17),
        ONNXExternalData(location: "w.bin", offset: .max, length: .max),
      ] {
        let error = try refusal(data, in: folder)
        #expect(error.reason.contains("extend beyond the end of w.bin"), "\(error)")
      }
      let error = try refusal(.init(location: "w.bin"), dimensions: [.max, 8], in: folder)
      #expect(error.reason.hasSuffix("is not possible"))
    }
  }

  @Test("are found by content and not by name")
  func kind() throws {
    #expect(try ONNXFile.isONNX(onnxFixture("dynamo.onnx")))
    #expect(try ONNXFile.isONNX(onnxFixture("zoo_v1.onnx")))
    #expect(try !ONNXFile.isONNX(onnxFixture("logits.safetensors")))
    #expect(try !ONNXFile.isONNX(fixture("tiny_zip.pt")))
    let error = try #require(throws: InputError.self) {
      try Checkpoint.read(onnxFixture("dynamo.onnx"))
    }
    #expect(error.reason.hasPrefix("it is an ONNX file"))
  }
}
