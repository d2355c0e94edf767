internal import Foundation

/// A writer of one message in the wire format of Protocol Buffers.
///
/// Equal calls give equal bytes. Messages of ONNX are written in the order of their fields' numbers,
/// as the reference implementation writes them.
struct WireWriter {
  private(set) var bytes = Data()

  /// Appends an integer or an enumeration.
  mutating func integer(_ field: Int, _ value: Int) {
    tag(field, 0)
    bytes.append(varint: UInt64(bitPattern: Int64(value)))
  }

  /// Appends a float32.
  mutating func float(_ field: Int, _ value: Float) {
    tag(field, 5)
    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
  }

  /// Appends bytes, even if there are none.
  mutating func data(_ field: Int, _ value: Data) {
    tag(field, 2)
    bytes.append(varint: UInt64(value.count))
    bytes.append(value)
  }

  /// Appends a text, even if it is empty.
  mutating func text(_ field: Int, _ value: String) { data(field, Data(value.utf8)) }

  /// Appends a text unless it is empty.
  mutating func optionalText(_ field: Int, _ value: String) {
    if !value.isEmpty { text(field, value) }
  }

  /// Appends the message that `write` fills.
  mutating func message(_ field: Int, _ write: (inout WireWriter) -> Void) {
    var nested = WireWriter()
    write(&nested)
    data(field, nested.bytes)
  }

  private mutating func tag(_ field: Int, _ type: Int) {
    bytes.append(varint: UInt64(field << 3 | type))
  }
}

extension Data {
  /// Appends an integer of variable length: seven bits per byte, the lowest ones first.
  mutating func append(varint value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    append(UInt8(rest))
  }
}
