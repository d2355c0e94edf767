import CStart
import Files
import Foundation
import Synchronization
import Tensors

/// The limits of the process's address space (`ulimit -v`) and of its open files (`ulimit -n`).
///
/// An allocation that fails ends in a crash, and OpenBLAS even tries for ever to get its buffers. The
/// buffers of all threads are therefore allocated before any work. Without free descriptors, libdispatch
/// crashes.
enum ProcessLimits {
  /// The stack, the heap and the buffers of a thread outside of OpenBLAS, in bytes.
  private static let perThread = 80 << 20
  /// The memory for anything else, in bytes.
  private static let rest = 256 << 20

  /// The descriptors that are needed beside one per thread.
  private static let descriptors = 32

  private static let isReserved = Mutex(false)

  /// Checks that the program can start, and makes a crash by too little memory print its reason.
  ///
  /// It exits with 70 if the process may open too few files.
  static func prepare() {
    requireDescriptors(threads: 1)
    guard let limit = addressSpaceLimit() else { return }
    cs_explain_crash(
      "mixq: the process ran out of memory: its address space is limited to \(limit >> 20) MiB; "
        + "raise the limit (ulimit -v), or use fewer --threads [too-little-memory]\n", 70)
  }

  /// Raises the soft limit of open files; exits with 70 if `threads` threads need more than the hard one.
  private static func requireDescriptors(threads: Int) {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    let needed = rlim_t(descriptors + threads)
    guard limit.rlim_cur < needed else { return }
    guard limit.rlim_max >= needed else {
      let error = InputError(
        .tooFewFiles, "cannot run", at: "\(threads) threads",
        because: "the process may open \(limit.rlim_max) files, and it needs \(needed)",
        try: "raise the limit of open files (ulimit -n)")
      ErrorReport(error).print()
      exit(70)
    }
    limit.rlim_cur = needed
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }

  /// Allocates the buffers of `threads` threads; exits with 70 if a limit leaves too little for them.
  static func require(threads: Int) {
    requireDescriptors(threads: threads)
    guard let limit = addressSpaceLimit(), !isReserved.withLock({ $0 }) else { return }
    isReserved.withLock { $0 = true }
    let needed = threads * (perThread + BLAS.bufferBytes) + rest
    guard availableMemory() >= needed else {
      let error = InputError(
        .tooLittleMemory, "cannot run", at: "\(threads) threads",
        because: "the address space is limited to \(limit >> 20) MiB, and they need "
          + "\(needed >> 20) MiB more than the program",
        try: "raise the limit (ulimit -v), or use fewer --threads")
      ErrorReport(error).print()
      exit(70)
    }
    BLAS.reserveBuffers(threads)
  }
}
