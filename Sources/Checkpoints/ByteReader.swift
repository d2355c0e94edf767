internal import Files
internal import Foundation

/// A cursor over the bytes of a file; every step is checked against their end.
struct ByteReader {
  /// The file, and the part of it, that errors name.
  let place: String
  private let bytes: Data
  /// Bytes from the start of `bytes`.
  private(set) var position = 0

  init(_ bytes: Data, place: String, position: Int = 0) {
    self.bytes = bytes
    self.place = place
    self.position = position
  }

  var remaining: Int { bytes.count - position }

  /// The next `count` bytes, not copied.
  mutating func take(_ count: Int) throws(InputError) -> Data {
    guard count >= 0, count <= remaining else {
      throw malformed("\(count) bytes are needed at byte \(position), where \(remaining) are left")
    }
    let start = bytes.startIndex + position
    position += count
    return bytes[start..<start + count]
  }

  /// The next integer, little-endian.
  mutating func integer<Number: FixedWidthInteger & BitwiseCopyable>(
    _ type: Number.Type
  ) throws(InputError) -> Number {
    let raw = try take(MemoryLayout<Number>.size)
    return Number(littleEndian: raw.withUnsafeBytes { $0.loadUnaligned(as: type) })
  }

  /// The next integer, as a length or a position.
  mutating func length<Number: FixedWidthInteger & BitwiseCopyable>(
    _ type: Number.Type
  ) throws(InputError) -> Int {
    let value = try integer(type)
    guard let length = Int(exactly: value), length >= 0 else {
      throw malformed("a length of \(value) before byte \(position)")
    }
    return length
  }

  mutating func text(_ count: Int) throws(InputError) -> String {
    String(decoding: try take(count), as: UTF8.self)
  }

  /// The text up to the next newline, which is skipped.
  mutating func line() throws(InputError) -> String {
    let rest = bytes[(bytes.startIndex + position)...]
    guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else {
      throw malformed("a line that begins at byte \(position) does not end")
    }
    let line = try text(end - rest.startIndex)
    position += 1
    return line
  }

  func malformed(_ reason: String) -> InputError { .unreadable(place, because: reason) }
}

extension InputError {
  /// A checkpoint whose content is wrong or not supported.
  static func unreadable(
    _ place: String, because reason: String, try remedy: String = ""
  ) -> InputError {
    InputError(.badData, "cannot read the checkpoint", at: place, because: reason, try: remedy)
  }
}
