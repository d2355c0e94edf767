internal import Files
package import Foundation

/// Where a cache lies that may be larger than the memory at hand.
package enum CacheStorage: Sendable, Equatable {
  case memory
  /// In a file without a name in this folder, mapped into memory piece by piece.
  case file(in: URL)
}

/// Floats in pages of their own: none is resident before it is touched, and none is kept when they are freed.
final class MappedFloats: @unchecked Sendable {
  let base: UnsafeMutablePointer<Float>
  let count: Int
  private let isInFile: Bool

  private var bytes: Int { Self.bytes(of: count) }

  private static func bytes(of count: Int) -> Int { max(count, 1) * MemoryLayout<Float>.stride }

  /// Throws `cannotWrite` where a file cannot be made, or the disk has no room for it.
  init(count: Int, storage: CacheStorage) throws(InputError) {
    self.count = count
    switch storage {
    case .memory:
      base = Self.map(count, file: nil)
      isInFile = false
    case .file(let folder):
      let file = try Self.openNamelessFile(in: folder, bytes: Self.bytes(of: count))
      defer { close(file) }
      base = Self.map(count, file: file)
      isInFile = true
    }
  }

  deinit { munmap(base, bytes) }

  private static func map(_ count: Int, file: CInt?) -> UnsafeMutablePointer<Float> {
    let flags = file == nil ? MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE : MAP_SHARED
    let memory = mmap(nil, bytes(of: count), PROT_READ | PROT_WRITE, flags, file ?? -1, 0)
    guard let memory, memory != MAP_FAILED else {
      preconditionFailure("no address space for \(bytes(of: count)) bytes")
    }
    return memory.bindMemory(to: Float.self, capacity: count)
  }

  /// A file that is gone with the process, however it ends.
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

  /// Lets go of the pages of a file, whose content it keeps; they count as resident while they are mapped.
  func release() {
    if isInFile { madvise(base, bytes, MADV_DONTNEED) }
  }

  /// Gives back the memory behind the first `kept` floats, whose content is lost.
  func discard(behind kept: Int) {
    let page = Int(sysconf(CInt(_SC_PAGESIZE)))
    let start = (kept * MemoryLayout<Float>.stride + page - 1) / page * page
    guard !isInFile, start < bytes else { return }
    madvise(UnsafeMutableRawPointer(base) + start, bytes - start, MADV_DONTNEED)
  }
}
