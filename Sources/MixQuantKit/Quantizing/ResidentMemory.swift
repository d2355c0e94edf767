import Foundation

/// Returns the peak of the process's resident memory so far, in bytes.
package func peakResidentBytes() -> Int {
  var usage = rusage()
  getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  return usage.ru_maxrss * 1024
}

/// Returns the process's resident memory in bytes, or 0 if the system does not report it.
package func residentBytes() -> Int {
  // The file holds sizes in pages: total, resident, and others.
  guard let sizes = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else {
    return 0
  }
  let pages = sizes.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
  return pages * Int(sysconf(CInt(_SC_PAGESIZE)))
}
