internal import Files
internal import Foundation

/// The entries of one folder in byte order of their names.
///
/// The names are in one buffer, so that a folder of a million files needs little memory. No file is
/// examined, because `readdir` already gives its type. Foundation is not used, because it silently
/// leaves out names that are not UTF-8.
struct FolderEntries {
  enum Kind: UInt8 {
    case file
    case folder
    case link
    /// A pipe, socket or device.
    case special
    /// A type that the file system does not give with the name.
    case unknown
  }

  private struct Entry {
    let start: Int
    let kind: Kind
  }

  /// All names, each followed by a zero byte.
  private var bytes: [UInt8] = []
  private var entries: [Entry] = []

  /// Reads the folder at `path`.
  ///
  /// - Throws: `missingInput` if the folder cannot be read, `badData` if a name is not UTF-8.
  init(path: String) throws(InputError) {
    guard let folder = opendir(path) else {
      let reason = errno
      throw InputError(
        .missingFolder, "cannot list the images", at: path,
        because: reason == ENOENT ? "there is no such folder" : Self.explanation(of: reason),
        try: "check the path")
    }
    defer { closedir(folder) }
    errno = 0
    while let entry = readdir(folder) {
      try add(entry, path: path)
      errno = 0
    }
    guard errno == 0 else {
      throw InputError(
        .missingFolder, "cannot list the images", at: path, because: Self.explanation(of: errno))
    }
    bytes.withUnsafeBufferPointer { buffer in
      guard let names = UnsafeRawPointer(buffer.baseAddress) else { return }
      let start = names.assumingMemoryBound(to: CChar.self)
      entries.sort { strcmp(start + $0.start, start + $1.start) < 0 }
    }
  }

  private static func explanation(of code: Int32) -> String {
    "it is not a folder that can be read (\(String(cString: strerror(code))))"
  }

  private mutating func add(
    _ entry: UnsafeMutablePointer<dirent>, path: String
  ) throws(InputError) {
    let length = withUnsafePointer(to: &entry.pointee.d_name) {
      $0.withMemoryRebound(to: CChar.self, capacity: 1) { strlen($0) }
    }
    let start = bytes.count
    withUnsafeBytes(of: &entry.pointee.d_name) { bytes += $0.prefix(length) }
    bytes.append(0)
    let name = bytes[start..<start + length]
    if name.elementsEqual([0x2E]) || name.elementsEqual([0x2E, 0x2E]) {
      bytes.removeSubrange(start...)
      return
    }
    guard String(validating: name, as: UTF8.self) != nil else {
      throw InputError(
        .badImageFolder, "cannot list the images", at: path,
        because: "the name \(String(decoding: name, as: UTF8.self)) in it is not UTF-8",
        try: "rename that file")
    }
    entries.append(Entry(start: start, kind: Self.kind(of: entry.pointee.d_type)))
  }

  private static func kind(of type: UInt8) -> Kind {
    switch Int(type) {
    case Int(DT_REG): .file
    case Int(DT_DIR): .folder
    case Int(DT_LNK): .link
    case Int(DT_UNKNOWN): .unknown
    default: .special
    }
  }

  /// Calls `body` with each name and its kind, in byte order of the names.
  ///
  /// This is the order of Python's `sorted`, which numbers the classes of torchvision's ImageFolder.
  func forEach<Failure: Error>(
    _ body: (String, Kind) throws(Failure) -> Void
  ) throws(Failure) {
    for entry in entries {
      let name = bytes[entry.start...].prefix { $0 != 0 }
      try body(String(decoding: name, as: UTF8.self), entry.kind)
    }
  }
}

extension String {
  /// Returns true if `left` comes before `right` in byte order.
  static func isInByteOrder(_ left: String, _ right: String) -> Bool {
    left.utf8.lexicographicallyPrecedes(right.utf8)
  }
}
