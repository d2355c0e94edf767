internal import Files
package import Foundation

/// The place of a cache that may be larger than the memory at hand.
package enum CacheStorage: Sendable, Equatable {
  case memory
  /// In a file without a name in this folder, mapped into memory piece by piece.
  case file(in: URL)
}

/// Pages straight from the system.
enum MappedPages {
  /// Maps zeros, none of which is resident before it is touched.
  static func map(_ bytes: Int) -> UnsafeMutableRawBufferPointer {
    map(bytes, flags: MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, file: -1)
  }

  /// Maps zeros in a file that is gone with the process, however that ends; throws `cannotWrite`.
  static func mapNamelessFile(
    in folder: URL, bytes: Int
  ) throws(InputError) -> UnsafeMutableRawBufferPointer {
    let file = try openNamelessFile(in: folder, bytes: bytes)
    defer { close(file) }
    return map(bytes, flags: MAP_SHARED, file: file)
  }

  private static func map(
    _ bytes: Int, flags: CInt, file: CInt
  ) -> UnsafeMutableRawBufferPointer {
    let memory = mmap(nil, bytes, PROT_READ | PROT_WRITE, flags, file, 0)
    guard let memory, memory != MAP_FAILED else {
      preconditionFailure("no address space for \(bytes) bytes")
    }
    return UnsafeMutableRawBufferPointer(start: memory, count: bytes)
  }

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
