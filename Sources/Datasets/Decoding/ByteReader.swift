internal import Files
internal import Foundation

/// A cursor over the bytes of a file; reading beyond the end is an error.
struct ByteReader {
  private let bytes: [UInt8]
  private(set) var position = 0
  /// The name of the image for error messages.
  let name: String

  init(_ bytes: Data, name: String) {
    self.bytes = [UInt8](bytes)
    self.name = name
  }

  var isAtEnd: Bool { position >= bytes.count }

  mutating func seek(to place: Int) { position = max(0, place) }

  /// Returns the next byte, or nil at the end.
  mutating func next() -> UInt8? {
    guard position < bytes.count else { return nil }
    defer { position += 1 }
    return bytes[position]
  }

  /// Returns the next `count` bytes; throws `badData` if there are fewer.
  mutating func read(_ count: Int) throws(InputError) -> ArraySlice<UInt8> {
    guard count >= 0, count <= bytes.count - min(position, bytes.count) else {
      throw ImageFile.unreadable(name, "the file ends too early")
    }
    defer { position += count }
    return bytes[position..<position + count]
  }

  /// Returns the next `count` bytes, or those up to the end if there are fewer.
  mutating func readAtMost(_ count: Int) -> ArraySlice<UInt8> {
    let start = min(position, bytes.count)
    let end = start + min(count, bytes.count - start)
    position = end
    return bytes[start..<end]
  }

  mutating func readUInt16() throws(InputError) -> Int {
    let part = Array(try read(2))
    return Int(part[0]) | Int(part[1]) << 8
  }

  mutating func readUInt32() throws(InputError) -> Int {
    let part = Array(try read(4))
    return Int(part[0]) | Int(part[1]) << 8 | Int(part[2]) << 16 | Int(part[3]) << 24
  }
}
