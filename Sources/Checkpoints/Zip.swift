internal import Files
internal import Foundation

/// The directory of a zip archive.
///
/// PyTorch stores tensors and pickles without compression, and they are slices of the archive's bytes.
/// It compresses the code of TorchScript, which has a limit of its own. Names of entries never become
/// paths, so an archive can neither write files nor grow in memory.
/// Source: PKWARE APPNOTE 6.3.10, sections 4.3.7 to 4.3.16.
struct Zip {
  /// A file in the archive.
  struct Entry {
    let name: String
    let method: UInt16
    let isEncrypted: Bool
    /// The CRC-32 of its bytes.
    let checksum: UInt32
    /// The number of its bytes in the archive.
    let storedByteCount: Int
    /// The number of its bytes.
    let byteCount: Int
    let headerOffset: Int
  }

  private static let maximumEntries = 100_000
  private static let stored: UInt16 = 0
  static let deflated: UInt16 = 8

  let entries: [Entry]
  let place: String
  private let bytes: Data

  init(_ bytes: Data, place: String) throws(InputError) {
    self.bytes = bytes
    self.place = place
    let directory = try ZipDirectory(bytes, place: place)
    guard directory.entryCount <= Self.maximumEntries else {
      throw .unreadable(
        place,
        because:
          "it has \(directory.entryCount) zip entries, but the limit is \(Self.maximumEntries)")
    }
    var reader = ByteReader(bytes, place: place, position: directory.offset)
    var entries: [Entry] = []
    var names: Set<String> = []
    for _ in 0..<directory.entryCount {
      let entry = try Self.entry(&reader)
      guard names.insert(entry.name).inserted else {
        throw reader.malformed("two zip entries are called '\(entry.name)'")
      }
      entries.append(entry)
    }
    self.entries = entries
  }

  /// Returns the bytes of `entry`, which is not compressed, as a slice of the file.
  func contents(of entry: Entry) throws(InputError) -> Data {
    let place = "\(place): \(entry.name)"
    guard !entry.isEncrypted else {
      throw .unreadable(place, because: "the zip entry is encrypted")
    }
    guard entry.method == Self.stored else {
      throw .unreadable(
        place,
        because: "the zip entry is compressed (method \(entry.method))",
        try: "save the checkpoint again with torch.save")
    }
    guard entry.storedByteCount == entry.byteCount else {
      throw .unreadable(
        place,
        because: "the zip entry has \(entry.byteCount) bytes without compression, but "
          + "\(entry.storedByteCount) are stored")
    }
    return try storedBytes(of: entry)
  }

  /// Returns the bytes of `entry` as they are in the file, as a slice of it.
  func storedBytes(of entry: Entry) throws(InputError) -> Data {
    var reader = ByteReader(bytes, place: "\(place): \(entry.name)")
    _ = try reader.take(entry.headerOffset)
    guard try reader.integer(UInt32.self) == 0x0403_4B50 else {
      throw reader.malformed("no zip entry begins at byte \(entry.headerOffset)")
    }
    _ = try reader.take(22)  // Version, flags, method, times, checksum, sizes.
    let nameLength = try reader.length(UInt16.self)
    let extraLength = try reader.length(UInt16.self)
    _ = try reader.take(nameLength + extraLength)
    return try reader.take(entry.storedByteCount)
  }

  private static func entry(_ reader: inout ByteReader) throws(InputError) -> Entry {
    guard try reader.integer(UInt32.self) == 0x0201_4B50 else {
      throw reader.malformed("the zip directory is broken before byte \(reader.position)")
    }
    _ = try reader.take(4)  // Versions.
    let flags = try reader.integer(UInt16.self)
    let method = try reader.integer(UInt16.self)
    _ = try reader.take(4)  // Time, date.
    let checksum = try reader.integer(UInt32.self)
    let storedCount = try reader.integer(UInt32.self)
    let byteCount = try reader.integer(UInt32.self)
    let nameLength = try reader.length(UInt16.self)
    let extraLength = try reader.length(UInt16.self)
    let commentLength = try reader.length(UInt16.self)
    _ = try reader.take(8)  // Disk, attributes.
    let headerOffset = try reader.integer(UInt32.self)
    let name = try reader.text(nameLength)
    let extra = try reader.take(extraLength)
    _ = try reader.take(commentLength)
    var wide = try ZipWideSizes(extra, place: reader.place)
    let count = try wide.widen(byteCount)
    let stored = try wide.widen(storedCount)
    return Entry(
      name: name, method: method, isEncrypted: flags & 1 != 0, checksum: checksum,
      storedByteCount: stored, byteCount: count, headerOffset: try wide.widen(headerOffset))
  }
}

/// The 64-bit sizes and offsets of an entry, which are kept in an extra field (APPNOTE 4.5.3).
private struct ZipWideSizes {
  private var reader: ByteReader

  init(_ extra: Data, place: String) throws(InputError) {
    reader = ByteReader(Data(), place: place)
    var fields = ByteReader(extra, place: place)
    while fields.remaining >= 4 {
      let identifier = try fields.integer(UInt16.self)
      let field = try fields.take(try fields.length(UInt16.self))
      if identifier == 1 { reader = ByteReader(field, place: place) }
    }
  }

  /// Returns `value`, or the next 64-bit number if `value` is the marker 0xFFFFFFFF.
  mutating func widen(_ value: UInt32) throws(InputError) -> Int {
    value == .max ? try reader.length(UInt64.self) : Int(value)
  }
}

/// The position of an archive's directory, from the record at the end of the file.
private struct ZipDirectory {
  let offset: Int
  let entryCount: Int

  init(_ bytes: Data, place: String) throws(InputError) {
    guard let end = Self.endRecord(in: bytes) else {
      throw .unreadable(
        place, because: "the zip archive has no directory: the file is cut off",
        try: "copy or download it again")
    }
    var record = ByteReader(bytes, place: place, position: end + 10)
    let entryCount = try record.integer(UInt16.self)
    _ = try record.take(4)
    let offset = try record.integer(UInt32.self)
    if entryCount == .max || offset == .max {
      (self.offset, self.entryCount) = try Self.wide(bytes, before: end, place: place)
    } else {
      (self.offset, self.entryCount) = (Int(offset), Int(entryCount))
    }
    guard self.offset <= end else {
      throw record.malformed(
        "the zip directory begins at byte \(self.offset), after its end at byte \(end)")
    }
  }

  /// Returns the start of the end record, which has 22 bytes and a comment of up to 65,535 bytes.
  private static func endRecord(in bytes: Data) -> Int? {
    let signature: [UInt8] = [0x50, 0x4B, 0x05, 0x06]
    let tail = bytes.suffix(22 + 0xFFFF)
    guard tail.count >= 22 else { return nil }
    return (tail.startIndex...tail.endIndex - 22).last {
      tail[$0..<$0 + 4].elementsEqual(signature)
    }
    .map { $0 - bytes.startIndex }
  }

  /// Returns the directory of a zip64 archive; its locator stands before the end record.
  private static func wide(
    _ bytes: Data, before end: Int, place: String
  ) throws(InputError) -> (offset: Int, entryCount: Int) {
    var locator = ByteReader(bytes, place: place, position: max(0, end - 20))
    guard try locator.integer(UInt32.self) == 0x0706_4B50 else {
      throw locator.malformed("the zip64 locator is missing before byte \(end)")
    }
    _ = try locator.take(4)
    var record = ByteReader(bytes, place: place)
    _ = try record.take(try locator.length(UInt64.self))
    guard try record.integer(UInt32.self) == 0x0606_4B50 else {
      throw record.malformed("the zip64 end record is missing")
    }
    _ = try record.take(28)
    let entryCount = try record.length(UInt64.self)
    _ = try record.take(8)
    return (try record.length(UInt64.self), entryCount)
  }
}
