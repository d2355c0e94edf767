internal import Files
internal import Foundation

/// A cursor over the bytes of a file that never reads past their end.
struct ByteReader {
  /// The file, and the part of it, that error messages name.
  let place: String
  private let bytes: Data
  /// The offset of the next byte from the start of `bytes`.
  private(set) var position = 0

  init(_ bytes: Data, place: String, position: Int = 0) {
    self.bytes = bytes
    self.place = place
    self.position = position
  }

  /// The number of bytes after the cursor.
  var remaining: Int { bytes.count - position }

  /// Returns the next `count` bytes without copying them.
  mutating func take(_ count: Int) throws(InputError) -> Data {
    guard count >= 0, count <= remaining else {
      throw malformed(
        "\(count) bytes are needed at byte \(position), but only \(remaining) are left")
    }
    let start = bytes.startIndex + position
    position += count
    return bytes[start..<start + count]
  }

  /// Returns the next little-endian integer.
  mutating func integer<Number: FixedWidthInteger & BitwiseCopyable>(
    _ type: Number.Type
  ) throws(InputError) -> Number {
    let raw = try take(MemoryLayout<Number>.size)
    return Number(littleEndian: raw.withUnsafeBytes { $0.loadUnaligned(as: type) })
  }

  /// Returns the next integer as a length or a position, which must not be negative.
  mutating func length<Number: FixedWidthInteger & BitwiseCopyable>(
    _ type: Number.Type
  ) throws(InputError) -> Int {
    let value = try integer(type)
    guard let length = Int(exactly: value), length >= 0 else {
      throw malformed("there is a length of \(value) before byte \(position)")
    }
    return length
  }

  /// Returns the next `count` bytes as UTF-8 text.
  mutating func text(_ count: Int) throws(InputError) -> String {
    String(decoding: try take(count), as: UTF8.self)
  }

  /// Returns the text up to the next newline and skips the newline.
  mutating func line() throws(InputError) -> String {
    let rest = bytes[(bytes.startIndex + position)...]
    guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else {
      throw malformed("the line that begins at byte \(position) has no end")
    }
    let line = try text(end - rest.startIndex)
    position += 1
    return line
  }

  /// Returns the error for content that breaks the format.
  func malformed(_ reason: String) -> InputError { .unreadable(place, because: reason) }
}

extension InputError {
  /// Returns the error for a checkpoint whose content is wrong or not supported.
  static func unreadable(
    _ place: String, because reason: String, try remedy: String = "download or export it again"
  ) -> InputError {
    InputError(
      .badCheckpoint, "cannot read the checkpoint", at: place, because: reason, try: remedy)
  }
}
