import Files
import Foundation
import Testing

@testable import Checkpoints

@Suite("ONNX tensors")
struct ONNXTensorTests {
  /// The tensors of the fixture, which Python stored in every field that may hold elements.
  private func stored(_ name: String) throws -> ONNXTensor {
    let graph = try ONNXModel.read(onnxFixture("tensors.onnx")).graph
    return try #require(graph.initializers.first { $0.name == name })
  }

  @Test(
    "of every type are read from the raw bytes and from the typed fields",
    arguments: [
      "float", "double", "float16", "bfloat16", "int8", "uint8", "int16", "uint16", "int32",
      "uint32", "int64", "uint64", "bool",
    ])
  func numbers(type: String) throws {
    let expected: [Float] =
      switch type {
      case "bool": [1, 0, 1]
      case let type where type.hasPrefix("u"): [1, 0, 100]
      default: [1, -2, 100]
      }
    #expect(try stored("\(type)_raw").floats(place: "test") == expected)
    #expect(try stored("\(type)_typed").floats(place: "test") == expected)
  }

  @Test("of integers keep every bit", arguments: ["raw", "typed"])
  func integers(form: String) throws {
    #expect(try stored("int64_\(form)").integers(place: "test") == [1, -2, 100])
    #expect(try stored("int8_\(form)").integers(place: "test") == [1, -2, 100])
    #expect(try stored("uint8_\(form)").integers(place: "test") == [1, 0, 100])
    #expect(try stored("int4_\(form)").integers(place: "test") == [-8, 7, -1])
    #expect(try stored("uint4_\(form)").integers(place: "test") == [15, 0, 9])
  }

  @Test("of packed integers have the first element in the lowest bits")
  func packing() {
    let tensor = ONNXTensor(
      name: "t", elementType: .int4, dimensions: [3], packing: [-8, 7, -1])
    #expect(tensor.content == .bytes(Data([0x78, 0x0F])))
    let quarter = ONNXTensor(
      name: "t", elementType: .uint2, dimensions: [5], packing: [3, 2, 1, 0, 2])
    #expect(quarter.content == .bytes(Data([0x1B, 0x02])))
  }

  @Test("remain slices of the file if their bytes are raw")
  func mapped() throws {
    let bytes = try Data(contentsOf: onnxFixture("tensors.onnx"))
    let model = try ONNXModel(bytes, place: "test")
    let tensor = try #require(model.graph.initializers.first { $0.name == "float_raw" })
    guard case .bytes(let data) = tensor.content else { return #expect(Bool(false)) }
    #expect(data.startIndex > 0)
    #expect(bytes[data.startIndex..<data.endIndex] == data)
  }

  @Test("are refused if their shape and their bytes disagree")
  func wrongSize() throws {
    let tensor = ONNXTensor(
      name: "w", elementType: .float32, dimensions: [2, 2], content: .bytes(Data(count: 12)))
    let error = try #require(throws: InputError.self) { try tensor.floats(place: "test") }
    #expect(
      error.reason
        == "the tensor 'w' of float32 with the shape [2, 2] needs 16 bytes, but has 12")
  }

  @Test(
    "with sizes that overflow or are negative are refused",
    arguments: [[Int.max, 2], [-1, -4], [1 << 32, 1 << 32]])
  func overflow(dimensions: [Int]) throws {
    let tensor = ONNXTensor(
      name: "w", elementType: .float32, dimensions: dimensions, content: .bytes(Data(count: 16)))
    let error = try #require(throws: InputError.self) { try tensor.floats(place: "test") }
    #expect(error.reason.hasSuffix("cannot have the shape \(dimensions)"))
  }

  @Test("of texts or packed integers are no numbers")
  func otherTypes() throws {
    let text = ONNXTensor(
      name: "t", elementType: .string, dimensions: [0], content: .bytes(Data()))
    #expect(throws: InputError.self) { try text.floats(place: "test") }
    let packed = ONNXTensor(name: "t", elementType: .int4, dimensions: [1], packing: [1])
    #expect(throws: InputError.self) { try packed.floats(place: "test") }
    let floats = ONNXTensor(name: "t", dimensions: [1], floats: [1])
    #expect(throws: InputError.self) { try floats.integers(place: "test") }
  }

  @Test("in another file state its name, the offset and the length")
  func external() throws {
    func refusal(_ entries: [ONNXEntry]) throws -> String {
      try #require(throws: InputError.self) {
        try ONNXExternalData(entries, place: "test")
      }.reason
    }
    let data = try ONNXExternalData(
      [.init("location", "a.bin"), .init("offset", "4"), .init("length", "8")], place: "test")
    #expect(data == ONNXExternalData(location: "a.bin", offset: 4, length: 8))
    #expect(try refusal([]) == "its external data has no location")
    #expect(
      try refusal([.init("location", "a"), .init("offset", "-4")])
        == "the offset of its external data is '-4'")
  }
}
