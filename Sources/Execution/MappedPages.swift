internal import Files
package import Foundation

/// The place of a cache that may be larger than the available memory.
package enum CacheStorage: Sendable, Equatable {
  case memory
  /// An unnamed file in this folder, mapped into memory.
  case file(in: URL)
}

/// Zeroed pages from the system, which become resident when they are first touched.
struct MappedPages {
  let start: UnsafeMutableRawPointer
  let byteCount: Int

  /// Maps pages in memory.
  init(byteCount: Int) {
    self.init(byteCount: byteCount, flags: MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, file: -1)
  }

  /// Maps a file in `folder` that disappears with the process, even if it is killed.
  ///
  /// - Throws: `cannotWrite` if the file cannot be made or the disk has too little room for it.
  init(byteCount: Int, ofFileIn folder: URL) throws(InputError) {
    let file = try Self.openNamelessFile(in: folder, bytes: byteCount)
    defer { close(file) }
    self.init(byteCount: byteCount, flags: MAP_SHARED, file: file)
  }

  private init(byteCount: Int, flags: CInt, file: CInt) {
    let memory = mmap(nil, byteCount, PROT_READ | PROT_WRITE, flags, file, 0)
    guard let memory, memory != MAP_FAILED else {
      preconditionFailure("no address space for \(byteCount) bytes")
    }
    start = memory
    self.byteCount = byteCount
  }

  /// Returns the pages to the system; their content is lost.
  func unmap() { munmap(start, byteCount) }

  /// Removes the pages from resident memory; file pages keep their content, others become zero.
  func release() { madvise(start, byteCount, MADV_DONTNEED) }

  /// Opens a file and removes its name.
  ///
  /// It reserves all blocks at once. If the disk filled up later, writing to mapped pages would
  /// kill the process.
  private static func openNamelessFile(in folder: URL, bytes: Int) throws(InputError) -> CInt {
    func failure(_ reason: String) -> InputError {
      InputError(
        .cannotWrite, "cannot make a file of \(bytes) bytes for a cache", at: folder.path,
        because: reason,
        try: "set TMPDIR to a folder on a disk with more room, or raise --max-memory")
    }
    var template = Array(folder.appending(path: "mixq-cache-XXXXXX").path.utf8CString)
    let file = mkstemp(&template)
    guard file >= 0 else { throw failure(String(cString: strerror(errno))) }
    unlink(template)
    // The free space is checked first, because posix_fallocate would fill the disk before it fails.
    var disk = statvfs()
    let free = fstatvfs(file, &disk) == 0 ? Int(disk.f_bavail) * Int(disk.f_frsize) : bytes
    let refusal = free < bytes ? ENOSPC : posix_fallocate(file, 0, off_t(bytes))
    guard refusal == 0 else {
      close(file)
      throw failure("\(String(cString: strerror(refusal))), only \(free) bytes are free")
    }
    return file
  }
}
