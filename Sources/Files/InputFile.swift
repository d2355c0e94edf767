package import Foundation

/// A reader of whole input files into memory.
///
/// Files are not mapped: if another program truncated a mapped file, the next access would kill the
/// process.
package enum InputFile {
  /// Returns the bytes of the regular file at `url`.
  ///
  /// - Parameter limit: The largest number of bytes.
  /// - Throws: `missingInput` if the file cannot be opened or is not a regular file, and `badData`
  ///   if it has more bytes than `limit`, changes while it is read or does not fit into memory.
  package static func read(_ url: URL, limit: Int = .max) throws(InputError) -> Data {
    let file = try open(url)
    defer { close(file) }
    let before = try status(of: file, url)
    guard before.st_mode & S_IFMT == S_IFREG else {
      throw failure(url, because: "it is not a regular file", try: "name a regular file")
    }
    let count = Int(before.st_size)
    guard count > 0 else { return Data() }
    guard count <= limit else {
      throw InputError(
        .tooLarge, "cannot read the file", at: url.relativePath,
        because: "its \(count) bytes are over the limit of \(limit)",
        try: "check that it is the file you meant")
    }
    let data = try bytes(of: file, count: count, url)
    let after = try status(of: file, url)
    guard after.st_size == before.st_size, after.st_mtim.tv_sec == before.st_mtim.tv_sec,
      after.st_mtim.tv_nsec == before.st_mtim.tv_nsec
    else { throw changed(url, because: "it changed while it was read") }
    return data
  }

  /// Returns the number of bytes of the file at `url`; throws `missingInput` if it cannot be opened.
  package static func byteCount(of url: URL) throws(InputError) -> Int {
    let file = try open(url)
    defer { close(file) }
    return Int(try status(of: file, url).st_size)
  }

  /// Returns the first bytes of the file at `url`, at most `count`; none if it is not a regular file.
  ///
  /// - Throws: `missingInput` if the item cannot be opened or is a folder.
  package static func prefix(of url: URL, count: Int) throws(InputError) -> [UInt8] {
    let file = try open(url)
    defer { close(file) }
    guard try status(of: file, url).st_mode & S_IFMT == S_IFREG else { return [] }
    var bytes = [UInt8](repeating: 0, count: count)
    let step = Foundation.read(file, &bytes, count)
    return Array(bytes[..<max(0, step)])
  }

  private static func bytes(of file: CInt, count: Int, _ url: URL) throws(InputError) -> Data {
    guard let memory = Memory(count) else {
      throw InputError(
        .tooLarge, "cannot read the file", at: url.relativePath,
        because: "it has \(count) bytes, and only \(availableMemory()) bytes of memory are free",
        try: "give a smaller file, or use a computer with more memory")
    }
    var done = 0
    do throws(InputError) {
      while done < count {
        let step = Foundation.read(file, memory.start + done, count - done)
        if step < 0, errno == EINTR { continue }
        guard step >= 0 else { throw failure(url, errno) }
        guard step > 0 else {
          throw changed(
            url, because: "it became shorter while it was read, \(done) of \(count) bytes")
        }
        done += step
      }
    } catch {
      memory.free()
      throw error
    }
    // A short `Data` copies its bytes, so it is made after they have been read.
    return Data(
      bytesNoCopy: memory.start, count: count, deallocator: memory.isMapped ? .unmap : .free)
  }

  /// The memory for the bytes of a file.
  private struct Memory {
    let start: UnsafeMutableRawPointer
    let count: Int
    let isMapped: Bool

    /// Allocates `count` bytes; nil if there is too little memory.
    init?(_ count: Int) {
      self.count = count
      isMapped = count >= 1 << 20
      if isMapped {
        guard count <= availableMemory(),
          let pages = mmap(
            nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
          pages != MAP_FAILED
        else { return nil }
        madvise(pages, count, MADV_HUGEPAGE)
        start = pages
      } else {
        guard let bytes = malloc(count) else { return nil }
        start = bytes
      }
    }

    func free() {
      if isMapped { munmap(start, count) } else { Foundation.free(start) }
    }
  }

  /// Returns the first bytes of the file at `path`, at most `count`; nil if it cannot be read.
  package static func start(of path: String, count: Int = 16) -> [UInt8]? {
    guard let file = try? open(URL(filePath: path)) else { return nil }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: count)
    let read = Foundation.read(file, &bytes, count)
    return read < 0 ? nil : Array(bytes.prefix(read))
  }

  /// Returns the bytes of a text, which may also come from a pipe.
  ///
  /// - Parameter limit: The largest number of bytes.
  /// - Throws: `missingInput` if the file cannot be opened or read or if a pipe stays empty, and
  ///   `badData` if there are more bytes than `limit`.
  package static func readText(_ url: URL, limit: Int = 64 << 20) throws(InputError) -> Data {
    let file = try open(url)
    defer { close(file) }
    if try status(of: file, url).st_mode & S_IFMT == S_IFIFO {
      // A pipe that nobody opens for writing never becomes readable.
      var request = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
      guard poll(&request, 1, 10_000) > 0 else {
        throw failure(
          url, because: "it is a pipe, and nothing came out of it in 10 seconds",
          try: "name a regular file")
      }
    }
    _ = fcntl(file, F_SETFL, fcntl(file, F_GETFL) & ~O_NONBLOCK)
    var data = Data()
    var part = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let step = Foundation.read(file, &part, part.count)
      if step < 0, errno == EINTR { continue }
      guard step >= 0 else { throw failure(url, errno) }
      guard step > 0 else { return data }
      data.append(contentsOf: part[..<step])
      guard data.count <= limit else {
        throw InputError(
          .tooLarge, "cannot read the file", at: url.relativePath,
          because: "it has more than \(limit) bytes", try: "check that it is the file you meant")
      }
    }
  }

  private static func open(_ url: URL) throws(InputError) -> CInt {
    // Opening a pipe without a writer would wait for ever.
    let file = Foundation.open(url.path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard file >= 0 else { throw failure(url, errno) }
    return file
  }

  private static func status(of file: CInt, _ url: URL) throws(InputError) -> stat {
    var status = stat()
    guard fstat(file, &status) == 0 else { throw failure(url, errno) }
    guard status.st_mode & S_IFMT != S_IFDIR else { throw failure(url, EISDIR) }
    return status
  }

  private static func failure(_ url: URL, _ code: CInt) -> InputError {
    switch code {
    case ENOENT:
      failure(url, .missingFile, because: "there is no such file", try: "check the path")
    case EISDIR:
      failure(url, .folderForFile, because: "it is a folder", try: "name a file in it")
    case EMFILE, ENFILE: failure(url, because: systemReason(code), try: descriptorAdvice)
    default: failure(url, because: systemReason(code))
    }
  }

  private static func failure(
    _ url: URL, _ code: ErrorCode = .missingInput, because reason: String,
    try remedy: String = "check its permissions"
  ) -> InputError {
    InputError(
      code, "cannot open the file", at: url.relativePath, because: reason, try: remedy)
  }

  private static func changed(_ url: URL, because reason: String) -> InputError {
    InputError(
      .changedFile, "cannot read the file", at: url.relativePath, because: reason,
      try: "wait until the file is complete")
  }
}

/// The advice if the process may not open more files.
let descriptorAdvice = "raise the limit of open files (ulimit -n)"
