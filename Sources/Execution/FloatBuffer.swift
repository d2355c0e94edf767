package import Files
internal import Foundation

/// Floats at an address that stays, until the buffer is freed.
///
/// Workers share one and keep their places apart. There are three kinds of memory: for kernels, aligned to a
/// cache line, or to a huge page if they fill some, because many strides at once miss the table of small
/// pages; and for caches, pages of their own, in memory or in a file. No page is resident before it is
/// touched, and none is kept once the buffer is freed.
package final class FloatBuffer: @unchecked Sendable {
  package let base: UnsafeMutablePointer<Float>
  package let count: Int
  private let memory: Memory

  private enum Memory {
    case allocated
    /// The pages hold the floats, and perhaps more around them.
    case pages(MappedPages)
    case file(MappedPages)
  }

  private static let hugePage = 2 << 20

  private static func bytes(of count: Int) -> Int { max(count, 1) * MemoryLayout<Float>.stride }

  /// Makes `count` zeros for kernels.
  package convenience init(count: Int) {
    self.init(uninitializedCount: count)
    // Pages fresh from the kernel are zero.
    if case .allocated = memory { clear() }
  }

  /// Makes `count` floats of any value for kernels; each must be written before it is read.
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

  /// Copies `values` for kernels.
  package convenience init(_ values: [Float]) {
    self.init(uninitializedCount: values.count)
    base.update(from: values, count: values.count)
  }

  /// Makes `count` zeros for a cache; throws `cannotWrite` if a file cannot be made, or if the disk has no
  /// room for it.
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

  /// Makes all floats zero.
  package func clear() { base.update(repeating: 0, count: count) }

  /// Lets go of the pages of a file, whose content it keeps; they count as resident while they are mapped.
  package func release() {
    if case .file(let pages) = memory { pages.release() }
  }

  /// Gives back the memory behind the first `kept` floats of a cache in memory; their content is lost.
  package func discard(behind kept: Int) {
    let page = Int(sysconf(CInt(_SC_PAGESIZE)))
    let start = (kept * MemoryLayout<Float>.stride + page - 1) / page * page
    let bytes = Self.bytes(of: count)
    guard case .pages = memory, start < bytes else { return }
    madvise(UnsafeMutableRawPointer(base) + start, bytes - start, MADV_DONTNEED)
  }
}
