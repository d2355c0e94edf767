internal import Files
internal import Foundation

/// A reader of regular files that never waits for a pipe and never reads without end.
enum RegularFile {
  /// The largest file to read as one image.
  static let largestImage = 1 << 30

  /// Returns the bytes of the file at `path`.
  ///
  /// - Throws: `missingInput` if it cannot be read, `badData` if it is not a regular file or larger
  ///   than `limit` bytes.
  static func contents(of path: String, limit: Int = largestImage) throws(InputError) -> Data {
    func failure(_ kind: InputError.Kind, _ reason: String) -> InputError {
      InputError(kind, "cannot read the image", at: path, because: reason)
    }
    let file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard file >= 0 else { throw failure(.missingInput, String(cString: strerror(errno))) }
    defer { close(file) }
    var information = stat()
    guard fstat(file, &information) == 0 else {
      throw failure(.missingInput, String(cString: strerror(errno)))
    }
    guard information.st_mode & S_IFMT == S_IFREG else {
      throw failure(.badData, "it is not a regular file")
    }
    let size = Int(information.st_size)
    guard size <= limit else {
      throw failure(.badData, "its \(size) bytes are over the limit of \(limit)")
    }
    var bytes = Data(count: size)
    guard let count = bytes.withUnsafeMutableBytes({ fill($0, from: file) }) else {
      throw failure(.missingInput, String(cString: strerror(errno)))
    }
    return count == size ? bytes : bytes.prefix(count)
  }

  /// Returns the first 16 bytes of a file, or all if there are fewer; nil if it cannot be read.
  static func start(of path: String) -> [UInt8]? {
    let file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 16)
    guard let count = bytes.withUnsafeMutableBytes({ fill($0, from: file) }) else { return nil }
    return Array(bytes.prefix(count))
  }

  /// Reads until `buffer` is full or the file ends; returns nil if the system refuses.
  private static func fill(_ buffer: UnsafeMutableRawBufferPointer, from file: Int32) -> Int? {
    guard let start = buffer.baseAddress else { return 0 }
    var filled = 0
    while filled < buffer.count {
      let count = read(file, start + filled, buffer.count - filled)
      if count == 0 { break }
      if count > 0 { filled += count } else if errno != EINTR { return nil }
    }
    return filled
  }
}
