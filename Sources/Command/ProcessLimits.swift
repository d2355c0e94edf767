import CStart
import Files
import Foundation
import Studies

/// The limits of the process's address space (`ulimit -v`) and of its open files (`ulimit -n`).
///
/// Without free descriptors, libdispatch crashes; `AddressSpace` says what the memory is needed for.
enum ProcessLimits {
  /// The descriptors that are needed beside one per thread.
  private static let descriptors = 32

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
    do throws(InputError) { try AddressSpace.reserve(threads: threads) } catch {
      ErrorReport(error).print()
      exit(70)
    }
  }
}
