import Files
import Foundation
import Testing

@testable import Checkpoints

@Suite("The wire format of Protocol Buffers")
struct WireTests {
  /// Returns the fields of a message.
  private func fields(_ bytes: [UInt8]) throws(InputError) -> [WireField] {
    var reader = WireReader(Data(bytes), place: "test")
    var fields: [WireField] = []
    while let field = try reader.next() { fields.append(field) }
    return fields
  }

  /// Returns the reason why a message is refused.
  private func refusal(_ bytes: [UInt8]) throws -> String {
    try #require(throws: InputError.self) { try fields(bytes) }.reason
  }

  @Test(
    "integers have seven bits a byte, the lowest first",
    arguments: [
      ([0x08, 0x00], 0), ([0x08, 0x96, 0x01], 150), ([0x08, 0xFF, 0x7F], 16_383),
      ([0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], -1),
      ([0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01], Int.min),
    ] as [([UInt8], Int)])
  func integers(bytes: [UInt8], value: Int) throws {
    #expect(try fields(bytes).map { $0.number } == [1])
    #expect(try fields(bytes)[0].integer == value)
    var writer = WireWriter()
    writer.integer(1, value)
    #expect(Array(writer.bytes) == bytes)
  }

  @Test("texts, floats and nested messages are read as they were written")
  func payloads() throws {
    var writer = WireWriter()
    writer.text(2, "testing")
    writer.float(15, -0.5)
    writer.message(16) { $0.integer(1, 300) }
    #expect(
      Array(writer.bytes) == [0x12, 7] + Array("testing".utf8)
        + [0x7D, 0, 0, 0, 0xBF, 0x82, 0x01, 3, 0x08, 0xAC, 0x02])
    let fields = try fields(Array(writer.bytes))
    #expect(fields.map(\.number) == [2, 15, 16])
    #expect(try fields[0].text == "testing")
    #expect(try fields[1].float == -0.5)
    var nested = try fields[2].message("nested")
    #expect(try nested.next()?.integer == 300)
    #expect(try nested.next() == nil)
  }

  @Test("repeated integers are read packed and unpacked")
  func repeatedIntegers() throws {
    var values: [Int] = []
    for field in try fields([0x08, 3, 0x0A, 3, 0x8E, 0x02, 5, 0x08, 7]) {
      try field.append(to: &values)
    }
    #expect(values == [3, 270, 5, 7])
  }

  @Test("repeated floats are read packed and unpacked")
  func repeatedFloats() throws {
    let (one, two): ([UInt8], [UInt8]) = ([0, 0, 0x80, 0x3F], [0, 0, 0, 0x40])
    var data = Data()
    for field in try fields([0x0D] + one + [0x0A, 8] + two + one) {
      try field.appendFloats(to: &data)
    }
    #expect(Array(data) == one + two + one)
  }

  @Test("a packed run that is no multiple of the width is refused")
  func packedWidth() throws {
    let field = try fields([0x0A, 3, 1, 2, 3])[0]
    var data = Data()
    let error = try #require(throws: InputError.self) { try field.appendFloats(to: &data) }
    #expect(error.reason == "field 1 has 3 bytes, which is no multiple of 4")
  }

  @Test("a limit on repeated integers holds for one packed run, too")
  func limit() throws {
    let field = try fields([0x0A, 4, 1, 2, 3, 4])[0]
    var values: [Int] = []
    let error = try #require(throws: InputError.self) { try field.append(to: &values, limit: 3) }
    #expect(error.reason == "field 1 holds more than 3 integers")
  }

  @Test("groups and unknown wire types are refused", arguments: [3, 4, 6, 7] as [UInt8])
  func groups(type: UInt8) throws {
    #expect(
      try refusal([0x08 | type, 0x0C])
        == "field 1 has the wire type \(type) at byte 1, which ONNX does not use")
  }

  @Test("an integer of more than ten bytes or 64 bits is refused")
  func longInteger() throws {
    let reason = "the integer before byte 11 has more than 64 bits"
    #expect(try refusal([0x08] + [UInt8](repeating: 0x80, count: 10) + [0]) == reason)
    #expect(try refusal([0x08] + [UInt8](repeating: 0xFF, count: 9) + [2]) == reason)
  }

  @Test("the field number 0 and numbers above 2²⁹ are refused")
  func fieldNumber() throws {
    #expect(try refusal([0x00, 0x01]) == "there is no field 0, at byte 1")
    #expect(try refusal([0x80, 0x80, 0x80, 0x80, 0x10, 1]).hasPrefix("there is no field"))
  }

  @Test("a length beyond the message is refused")
  func overlong() throws {
    #expect(try refusal([0x0A, 5, 1]) == "5 bytes are needed at byte 2, but only 1 are left")
    let huge = [0x0A] + [UInt8](repeating: 0xFF, count: 9) + [1]
    #expect(try refusal(huge).hasPrefix("there is a length above 2⁶³"))
  }

  @Test("a field of another wire type than the message defines is refused")
  func otherType() throws {
    let field = try fields([0x0D, 0, 0, 0, 0])[0]
    #expect(throws: InputError.self) { try field.integer }
    #expect(throws: InputError.self) { try field.text }
    #expect(try field.float == 0)
  }

  @Test("text that is not UTF-8 is refused")
  func badText() throws {
    let field = try fields([0x0A, 1, 0xFF])[0]
    let error = try #require(throws: InputError.self) { try field.text }
    #expect(error.reason == "the text in field 1 is not UTF-8")
  }
}
