import Files
import Foundation
import Testing

@testable import Checkpoints

@Suite("ONNX models")
struct ONNXModelTests {
  /// A model with every kind of value that can be written.
  private static let everything = ONNXModel(
    irVersion: 10,
    operatorSets: [.init(version: 21), .init(domain: "com.example", version: 1)],
    producerName: "mixq", producerVersion: "2", domain: "org.example", modelVersion: 3,
    docString: "model",
    graph: ONNXGraph(
      name: "graph",
      nodes: [
        ONNXNode(
          "Conv", name: "conv1", inputs: ["image", "", "b"], outputs: ["y"],
          attributes: [
            .init("float", .float(0.5)), .init("integer", .integer(-1)),
            .init("text", text: "NOTSET"), .init("floats", .floats([1, -2])),
            .init("integers", .integers([3, 3])), .init("strings", .strings([Data("a".utf8)])),
            .init("tensor", .tensor(.init(name: "", dimensions: [], floats: [7]))),
          ],
          domain: "com.example", docString: "node", metadata: [.init("scope", "x")])
      ],
      initializers: [
        .init(name: "f", dimensions: [2], floats: [1, -0.5]),
        .init(name: "i64", dimensions: [2], int64: [-1, 1 << 40]),
        .init(name: "i32", dimensions: [2], int32: [-5, .max]),
        .init(name: "i8", dimensions: [3], int8: [-128, 0, 127]),
        .init(name: "u8", dimensions: [1, 2], uint8: [0, 255]),
        .init(name: "i4", elementType: .int4, dimensions: [3], packing: [-8, 7, -1]),
        .init(name: "u4", elementType: .uint4, dimensions: [2], packing: [15, 1]),
        .init(name: "u2", elementType: .uint2, dimensions: [5], packing: [3, 2, 1, 0, 2]),
        .init(
          name: "far", elementType: .float32, dimensions: [4],
          content: .external(.init(location: "weights.bin", offset: 64, length: 16))),
      ],
      inputs: [
        .init(
          name: "image", elementType: .float32,
          dimensions: [.named("batch"), .fixed(3), .named(""), .fixed(8)])
      ],
      outputs: [.init(name: "y", elementType: .float32, dimensions: nil)],
      valueInfos: [.init(name: "z", elementType: .int8, dimensions: [])],
      docString: "graph", metadata: [.init("g", "1")]),
    metadata: [.init("mixq.version", "2"), .init("empty", "")])

  @Test("are read as they were written")
  func roundTrip() throws {
    let bytes = Self.everything.encoded
    #expect(try ONNXModel(bytes, place: "test") == Self.everything)
    #expect(Self.everything.encoded == bytes)
  }

  @Test("of the reference implementation are written back to the same bytes")
  func referenceBytes() throws {
    let bytes = try Data(contentsOf: onnxFixture("quantized.onnx"))
    let model = try ONNXModel(bytes, place: "test")
    #expect(model.producerName == "fixture")
    #expect(model.metadata["mixq.note"] == "a pair")
    #expect(model.encoded == bytes)
  }

  @Test("skip fields that are unknown")
  func unknownFields() throws {
    var bytes = Self.everything.encoded
    bytes += [0xF8, 0x07, 5, 0xFA, 0x07, 1, 0]
    #expect(try ONNXModel(bytes, place: "test") == Self.everything)
  }

  @Test("without a version or a graph are refused")
  func incomplete() throws {
    for bytes in [[], [0x08, 8], [0x3A, 0]] as [[UInt8]] {
      let error = try #require(throws: InputError.self) {
        try ONNXModel(Data(bytes), place: "test")
      }
      #expect(error.reason == "the ONNX file lacks its version or its graph")
    }
  }

  @Test("with two graphs are refused")
  func twoGraphs() throws {
    let error = try #require(throws: InputError.self) {
      try ONNXModel(Data([0x08, 8, 0x3A, 0, 0x3A, 0]), place: "test")
    }
    #expect(error.reason == "it holds two graphs")
  }

  @Test("with millions of empty messages are refused before they fill the memory")
  func manyMessages() throws {
    let nodes = Data(repeating: 0, count: 2_200_000).indices.map { $0 % 2 == 0 ? 0x0A : 0 as UInt8 }
    var writer = WireWriter()
    writer.integer(1, 8)
    writer.data(7, Data(nodes))
    let error = try #require(throws: InputError.self) {
      try ONNXModel(writer.bytes, place: "test")
    }
    #expect(error.reason == "it holds more than 1000000 messages")
  }

  @Test("with a nested graph are read, and the attribute is marked")
  func nestedGraph() throws {
    var writer = WireWriter()
    writer.text(1, "then_branch")
    writer.message(6) { $0.text(2, "nested") }
    writer.integer(20, 5)
    var budget = MessageBudget()
    let attribute = try ONNXAttribute(WireReader(writer.bytes, place: "test"), &budget)
    #expect(attribute == ONNXAttribute("then_branch", .other(type: 5)))
  }

  @Test("of the first version state no types of attributes")
  func untypedAttributes() throws {
    var writer = WireWriter()
    writer.text(1, "pads")
    for value in [1, 1, 1, 1] { writer.integer(8, value) }
    var budget = MessageBudget()
    let attribute = try ONNXAttribute(WireReader(writer.bytes, place: "test"), &budget)
    #expect(attribute == ONNXAttribute("pads", .integers([1, 1, 1, 1])))
  }

  @Test("that end anywhere or have bytes changed are read or refused, never trapped on")
  func damaged() throws {
    let original = Self.everything.encoded
    for length in 0..<original.count { attempt(original.prefix(length)) }
    for index in original.indices {
      for byte in [0x00, 0x01, 0x7F, 0x80, 0xFF] as [UInt8] {
        var damaged = original
        damaged[index] = byte
        attempt(damaged)
      }
    }
  }

  private func attempt(_ bytes: Data) {
    do throws(InputError) {
      let model = try ONNXModel(bytes, place: "test")
      for tensor in model.graph.initializers {
        _ = try? tensor.floats(place: "test")
        _ = try? tensor.integers(place: "test")
      }
    } catch {
      #expect(error.kind == .badData)
    }
  }
}
