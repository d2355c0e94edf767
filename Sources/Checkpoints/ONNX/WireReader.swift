internal import Files
internal import Foundation

/// A cursor over the fields of one message in the wire format of Protocol Buffers.
///
/// A field is a tag (its number and a wire type) and a payload. The reader returns every field in
/// the order of the bytes. It never copies a payload, and it refuses groups, which ONNX does not use.
///
/// Source: protobuf.dev/programming-guides/encoding.
struct WireReader {
  private static let maximumNumber = 1 << 29 - 1
  private var bytes: ByteReader

  /// Starts at the first field of the message in `message`, which error messages call `place`.
  init(_ message: Data, place: String) {
    bytes = ByteReader(message, place: place)
  }

  /// Returns the next field, or `nil` at the end of the message.
  mutating func next() throws(InputError) -> WireField? {
    guard bytes.remaining > 0 else { return nil }
    let tag = try bytes.varint()
    let number = tag >> 3
    guard (1...UInt64(Self.maximumNumber)).contains(number) else {
      throw bytes.malformed("there is no field \(number), at byte \(bytes.position)")
    }
    return WireField(number: Int(number), payload: try payload(tag), place: bytes.place)
  }

  private mutating func payload(_ tag: UInt64) throws(InputError) -> WireField.Payload {
    switch tag & 7 {
    case 0: return .varint(try bytes.varint())
    case 1: return .fixed64(try bytes.integer(UInt64.self))
    case 2:
      guard let count = Int(exactly: try bytes.varint()) else {
        throw bytes.malformed("there is a length above 2⁶³ before byte \(bytes.position)")
      }
      return .bytes(try bytes.take(count))
    case 5: return .fixed32(try bytes.integer(UInt32.self))
    default:
      throw bytes.malformed(
        "field \(tag >> 3) has the wire type \(tag & 7) at byte \(bytes.position), which ONNX does"
          + " not use")
    }
  }
}

extension ByteReader {
  private static let maximumVarintLength = 10

  /// Returns the next integer of variable length: seven bits per byte, the lowest ones first.
  mutating func varint() throws(InputError) -> UInt64 {
    var value: UInt64 = 0
    for index in 0..<Self.maximumVarintLength {
      let byte = try integer(UInt8.self)
      guard index < Self.maximumVarintLength - 1 || byte <= 1 else { break }
      value |= UInt64(byte & 0x7F) << (7 * index)
      if byte < 0x80 { return value }
    }
    throw malformed("the integer before byte \(position) has more than 64 bits")
  }
}
