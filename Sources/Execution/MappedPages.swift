internal import Files
package import Foundation

/// The place of a cache that may be larger than the memory at hand.
package enum CacheStorage: Sendable, Equatable {
  case memory
  /// In a file without a name in this folder, mapped into memory piece by piece.
  case file(in: URL)
}

/// Pages straight from the system, zero at first, none of which is resident before it is touched.
struct MappedPages {
  let start: UnsafeMutableRawPointer
  let byteCount: Int

  /// Maps pages in memory.
  init(byteCount: Int) {
    self.init(byteCount: byteCount, flags: MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, file: -1)
  }

  /// Maps a file in `folder` that is gone with the process, however that ends; throws `cannotWrite`.
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

  /// Gives the pages back, with their content.
  func unmap() { munmap(start, byteCount) }

  /// Lets go of the pages; those of a file keep their content, others are zero again.
  func release() { madvise(start, byteCount, MADV_DONTNEED) }

  /// Opens a file that has lost its name.
  ///
  /// All its blocks are taken at once: on a disk that fills up later, writing to mapped pages would kill the
  /// process.
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
    // Asked for first, since a disk would be filled before blocks are refused.
    var disk = statvfs()
    let free = fstatvfs(file, &disk) == 0 ? Int(disk.f_bavail) * Int(disk.f_frsize) : bytes
    let refusal = free < bytes ? ENOSPC : posix_fallocate(file, 0, off_t(bytes))
    guard refusal == 0 else {
      close(file)
      throw failure("\(String(cString: strerror(refusal))), \(free) bytes are free")
    }
    return file
  }
}
