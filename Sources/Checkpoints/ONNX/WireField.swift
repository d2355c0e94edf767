internal import Files
internal import Foundation

/// One field of a message in the wire format.
struct WireField {
  enum Payload {
    case varint(UInt64)
    case fixed64(UInt64)
    case fixed32(UInt32)
    case bytes(Data)
  }

  let number: Int
  let payload: Payload
  /// The file and the message that error messages name.
  let place: String

  /// The field as a signed integer; an enumeration is one, too.
  var integer: Int {
    get throws(InputError) {
      guard case .varint(let bits) = payload else { throw unexpected("an integer") }
      return Int(truncatingIfNeeded: bits)
    }
  }

  /// The field as a float32.
  var float: Float {
    get throws(InputError) {
      guard case .fixed32(let bits) = payload else { throw unexpected("a float") }
      return Float(bitPattern: bits)
    }
  }

  /// The field as bytes, or as the bytes of a nested message; they are a slice of the file.
  var bytes: Data {
    get throws(InputError) {
      guard case .bytes(let bytes) = payload else { throw unexpected("a text or a message") }
      return bytes
    }
  }

  /// The field as text.
  var text: String {
    get throws(InputError) {
      guard let text = String(validating: try bytes, as: UTF8.self) else {
        throw .unreadable(place, because: "the text in field \(number) is not UTF-8")
      }
      return text
    }
  }

  /// The fields of the nested message, which error messages call `name`.
  func message(_ name: String) throws(InputError) -> WireReader {
    WireReader(try bytes, place: "\(place): \(name)")
  }

  /// Appends the integers of a repeated field, packed or not.
  ///
  /// - Throws: `badData` if `integers` then has more than `limit` integers.
  func append(to integers: inout [Int], limit: Int = .max) throws(InputError) {
    if case .bytes(let packed) = payload {
      var reader = ByteReader(packed, place: place)
      while reader.remaining > 0, integers.count <= limit {
        integers.append(Int(truncatingIfNeeded: try reader.varint()))
      }
    } else {
      integers.append(try integer)
    }
    guard integers.count <= limit else {
      throw .unreadable(place, because: "field \(number) holds more than \(limit) integers")
    }
  }

  /// Appends the float32 values of a repeated field, packed or not, as little-endian bytes.
  func appendFloats(to data: inout Data) throws(InputError) {
    if case .fixed32(let bits) = payload {
      withUnsafeBytes(of: bits.littleEndian) { data.append(contentsOf: $0) }
    } else {
      try append(packed: 4, to: &data)
    }
  }

  /// Appends the float64 values of a repeated field, packed or not, as little-endian bytes.
  func appendDoubles(to data: inout Data) throws(InputError) {
    if case .fixed64(let bits) = payload {
      withUnsafeBytes(of: bits.littleEndian) { data.append(contentsOf: $0) }
    } else {
      try append(packed: 8, to: &data)
    }
  }

  private func append(packed width: Int, to data: inout Data) throws(InputError) {
    let packed = try bytes
    guard packed.count.isMultiple(of: width) else {
      throw .unreadable(
        place,
        because: "field \(number) has \(packed.count) bytes, which is no multiple of \(width)")
    }
    // The first run stays a slice of the file's bytes.
    if data.isEmpty { data = packed } else { data.append(packed) }
  }

  private func unexpected(_ expected: String) -> InputError {
    .unreadable(place, because: "field \(number) should be \(expected), but has another wire type")
  }
}
