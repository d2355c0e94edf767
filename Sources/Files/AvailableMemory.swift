internal import Foundation

/// Returns the bytes of memory that the process can still get.
///
/// It is the smallest of the system's available memory, the control group's limit and the process's
/// limit of address space (`ulimit -v`).
package func availableMemory() -> Int {
  min(systemMemory(), groupMemory(), addressSpace())
}

/// Returns the limit of the process's address space (`ulimit -v`) in bytes, or nil.
package func addressSpaceLimit() -> Int? {
  var limit = rlimit()
  guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0 else { return nil }
  return Int(exactly: limit.rlim_cur)
}

/// Returns the bytes of address space that `ulimit -v` leaves.
private func addressSpace() -> Int {
  guard let limit = addressSpaceLimit() else { return .max }
  // The first number is the size of the process in pages.
  let pages = number(in: "/proc/self/statm") ?? 0
  return max(0, limit - pages * Int(sysconf(CInt(_SC_PAGESIZE))))
}

private func systemMemory() -> Int {
  guard let text = try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8),
    let line = text.split(separator: "\n").first(where: { $0.hasPrefix("MemAvailable:") }),
    let kibibytes = line.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
  else { return .max }
  return kibibytes << 10
}

/// Returns the bytes that the memory limit of a control group, such as a container's, leaves.
private func groupMemory() -> Int {
  let folder = "/sys/fs/cgroup"
  guard let limit = number(in: "\(folder)/memory.max"),
    let used = number(in: "\(folder)/memory.current")
  else { return .max }
  return max(0, limit - used)
}

/// Returns the number at the beginning of a file that the kernel provides.
private func number(in path: String) -> Int? {
  guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
  return text.split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) }
}
