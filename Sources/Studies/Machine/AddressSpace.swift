package import Files
import Synchronization
import Tensors

/// The address space of the process, if `ulimit -v` limits it.
///
/// An allocation that fails ends in a crash, and OpenBLAS even tries for ever to get its buffers. The
/// buffers of all threads are therefore allocated before any work.
package enum AddressSpace {
  /// The stack, the heap and the buffers of a thread outside of OpenBLAS, in bytes.
  private static let perThread = 80 << 20
  /// The memory for anything else, in bytes.
  private static let rest = 256 << 20

  private static let isReserved = Mutex(false)

  /// Allocates the buffers of `threads` threads, once, if the address space is limited.
  ///
  /// - Throws: `tooLittleMemory` if the limit leaves too little for them.
  package static func reserve(threads: Int) throws(InputError) {
    guard let limit = addressSpaceLimit(), !isReserved.withLock({ $0 }) else { return }
    isReserved.withLock { $0 = true }
    let needed = threads * (perThread + BLAS.bufferBytes) + rest
    guard availableMemory() >= needed else {
      throw InputError(
        .tooLittleMemory, "cannot run", at: "\(threads) threads",
        because: "the address space is limited to \(limit >> 20) MiB, and they need "
          + "\(needed >> 20) MiB more than the program",
        try: "raise the limit (ulimit -v), or use fewer --threads")
    }
    BLAS.reserveBuffers(threads)
  }
}
