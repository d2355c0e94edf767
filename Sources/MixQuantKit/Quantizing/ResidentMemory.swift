import Foundation

/// The most memory that the process has had resident so far, in bytes.
package func peakResidentBytes() -> Int {
  var usage = rusage()
  getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  return usage.ru_maxrss * 1024
}

/// The memory that the process has resident now, in bytes; 0 where the system does not tell.
package func residentBytes() -> Int {
  // Sizes in pages: all, resident, and others.
  guard let sizes = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else {
    return 0
  }
  let pages = sizes.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
  return pages * Int(sysconf(CInt(_SC_PAGESIZE)))
}
