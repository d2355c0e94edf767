import CStart
import Files
import Foundation
import Synchronization
import Tensors

/// The limit of the process's address space (`ulimit -v`), if there is one.
///
/// An allocation that fails ends in a crash, and OpenBLAS even tries for ever to get its buffers. The
/// buffers of all threads are therefore allocated before any work.
enum AddressSpace {
  /// The stack, the heap and the buffers of a thread outside of OpenBLAS, in bytes.
  private static let perThread = 80 << 20
  /// The memory for anything else, in bytes.
  private static let rest = 256 << 20

  private static let isReserved = Mutex(false)

  /// Makes a crash print that memory may have run out, and exit with 70.
  static func explainCrashes() {
    guard let limit = addressSpaceLimit() else { return }
    cs_explain_crash(
      "mixq: the process ran out of memory: its address space is limited to \(limit >> 20) MiB; "
        + "raise the limit (ulimit -v), or use fewer --threads\n", 70)
  }

  /// Allocates the buffers of `threads` threads; exits with 70 if the limit leaves too little for them.
  static func require(threads: Int) {
    guard let limit = addressSpaceLimit(), !isReserved.withLock({ $0 }) else { return }
    isReserved.withLock { $0 = true }
    let needed = threads * (perThread + BLAS.bufferBytes) + rest
    guard availableMemory() >= needed else {
      complain(
        "cannot run \(threads) threads: the address space is limited to \(limit >> 20) MiB, and they "
          + "need \(needed >> 20) MiB more than the program; raise the limit (ulimit -v), or use fewer "
          + "--threads")
      exit(70)
    }
    BLAS.reserveBuffers(threads)
  }
}
