internal import CZlib
internal import Files
internal import Foundation

extension Zip {
  /// Returns the bytes of `entry`, decompressed if they are compressed by deflate.
  ///
  /// The caller limits `entry.byteCount`, because a small file can state any number.
  ///
  /// - Throws: `badData` if the entry is encrypted, compressed in another way or damaged.
  func inflatedContents(of entry: Entry) throws(InputError) -> Data {
    guard entry.method == Self.deflated, !entry.isEncrypted else { return try contents(of: entry) }
    let compressed = try storedBytes(of: entry)
    // One byte more shows an entry that is longer than stated.
    var contents = Data(count: entry.byteCount + 1)
    let made = contents.withUnsafeMutableBytes { target in
      compressed.withUnsafeBytes { inflate($0, into: target) }
    }
    contents.removeLast()
    guard made == entry.byteCount, checksum(of: contents) == entry.checksum else {
      throw .unreadable("\(place): \(entry.name)", because: "the compressed zip entry is damaged")
    }
    return contents
  }
}

/// Decompresses `source` and returns the number of bytes that were made, or nil if it is damaged.
///
/// Source: RFC 1951, without the header of zlib.
private func inflate(
  _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
) -> Int? {
  var stream = z_stream()
  let size = CInt(MemoryLayout<z_stream>.size)
  guard inflateInit2_(&stream, -MAX_WBITS, ZLIB_VERSION, size) == Z_OK else { return nil }
  defer { inflateEnd(&stream) }
  // zlib does not declare the pointer constant, but it only reads from it.
  stream.next_in = UnsafeMutablePointer(
    mutating: source.bindMemory(to: UInt8.self).baseAddress)
  stream.avail_in = UInt32(clamping: source.count)
  stream.next_out = target.bindMemory(to: UInt8.self).baseAddress
  stream.avail_out = UInt32(clamping: target.count)
  guard inflate(&stream, Z_FINISH) == Z_STREAM_END else { return nil }
  return Int(stream.total_out)
}

private func checksum(of data: Data) -> UInt32 {
  data.withUnsafeBytes {
    UInt32(crc32_z(0, $0.bindMemory(to: UInt8.self).baseAddress, $0.count))
  }
}
