package import Files
internal import Foundation

/// A buffer of floats whose address is fixed until it is freed.
///
/// Several workers share one buffer and write to separate parts of it. A buffer for kernels is
/// aligned to a cache line, or to a huge page if it fills several, because accesses with many
/// strides miss the table of small pages. A buffer for a cache has its own pages, in memory or in a
/// file. Pages become resident when they are first touched and are returned when the buffer is
/// freed.
package final class FloatBuffer: @unchecked Sendable {
  /// The address of the first float.
  package let base: UnsafeMutablePointer<Float>
  /// The number of floats.
  package let count: Int
  private let memory: Memory

  private enum Memory {
    case allocated
    /// The pages that hold the floats; they may be larger than the floats.
    case pages(MappedPages)
    case file(MappedPages)
  }

  private static let hugePage = 2 << 20

  private static func bytes(of count: Int) -> Int { max(count, 1) * MemoryLayout<Float>.stride }

  /// Creates `count` zeros for kernels.
  package convenience init(count: Int) {
    self.init(uninitializedCount: count)
    // Pages fresh from the kernel are zero.
    if case .allocated = memory { clear() }
  }

  /// Creates `count` floats for kernels without setting them.
  ///
  /// The caller must write each float before reading it.
  package init(uninitializedCount count: Int) {
    self.count = count
    let bytes = Self.bytes(of: count)
    let start: UnsafeMutableRawPointer
    if bytes < Self.hugePage {
      start = .allocate(byteCount: bytes, alignment: 64)
      memory = .allocated
    } else {
      let pages = MappedPages(byteCount: bytes + Self.hugePage)
      start = pages.start.alignedUp(toMultipleOf: Self.hugePage)
      madvise(start, bytes, MADV_HUGEPAGE)
      memory = .pages(pages)
    }
    base = start.bindMemory(to: Float.self, capacity: count)
  }

  /// Creates a copy of `values` for kernels.
  package convenience init(_ values: [Float]) {
    self.init(uninitializedCount: values.count)
    base.update(from: values, count: values.count)
  }

  /// Creates `count` zeros for a cache.
  ///
  /// - Throws: `cannotWrite` if a file cannot be made or the disk has too little room for it.
  package init(count: Int, storage: CacheStorage) throws(InputError) {
    self.count = count
    let bytes = Self.bytes(of: count)
    let pages: MappedPages
    switch storage {
    case .memory:
      pages = MappedPages(byteCount: bytes)
      memory = .pages(pages)
    case .file(let folder):
      pages = try MappedPages(byteCount: bytes, ofFileIn: folder)
      memory = .file(pages)
    }
    base = pages.start.bindMemory(to: Float.self, capacity: count)
  }

  deinit {
    switch memory {
    case .allocated: UnsafeMutableRawPointer(base).deallocate()
    case .pages(let pages), .file(let pages): pages.unmap()
    }
  }

  /// Sets all floats to zero.
  package func clear() { base.update(repeating: 0, count: count) }

  /// Removes the pages of a file from resident memory; the file keeps their content.
  ///
  /// Pages count as resident while they are mapped.
  package func release() {
    if case .file(let pages) = memory { pages.release() }
  }

  /// Gives the memory after the first `kept` floats back to the system; the content there is lost.
  ///
  /// It does nothing if the buffer is in a file or has no pages of its own.
  package func discard(behind kept: Int) {
    let page = Int(sysconf(CInt(_SC_PAGESIZE)))
    let start = (kept * MemoryLayout<Float>.stride + page - 1) / page * page
    let bytes = Self.bytes(of: count)
    guard case .pages = memory, start < bytes else { return }
    madvise(UnsafeMutableRawPointer(base) + start, bytes - start, MADV_DONTNEED)
  }
}
