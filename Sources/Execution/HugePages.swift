internal import Foundation

extension UnsafeMutableBufferPointer {
  /// Asks the system for huge pages under a large buffer that is about to be filled.
  ///
  /// The page faults of small pages would take longer than filling the buffer.
  package func preferHugePages() {
    let page = 2 << 20
    let (first, byteCount) = (Int(bitPattern: baseAddress), count * MemoryLayout<Element>.stride)
    let start = (first + page - 1) / page * page
    let end = (first + byteCount) / page * page
    guard start < end else { return }
    madvise(UnsafeMutableRawPointer(bitPattern: start), end - start, MADV_HUGEPAGE)
  }
}
