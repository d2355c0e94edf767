import Foundation

/// The machine as the system describes it: processor, threads, memory and disk.
package struct Machine: Encodable, Equatable, Sendable {
  /// The name of the processor; nil if the system does not give it.
  package let processor: String?
  /// The instruction sets of the processor that kernels can use, in the system's words.
  package let instructions: [String]
  /// The cores that the process may use.
  package let cores: Int
  /// The memory in bytes; the limit of the control group if that is lower.
  package let memoryBytes: Int?
  /// The memory in bytes that is free for new work.
  package let availableBytes: Int?
  /// The free bytes of the folder for temporary files and of the current folder.
  package let freeDisk: [FreeDisk]

  package struct FreeDisk: Encodable, Equatable, Sendable {
    package let folder: String
    package let bytes: Int
  }
}

extension Machine {
  /// The instruction sets that kernels of mixq can use.
  static let usefulInstructions = [
    "avx2", "fma", "avx_vnni", "avx512f", "avx512bw", "avx512vl", "avx512_vnni",
  ]

  /// The machine that the process runs on.
  package static var current: Machine {
    let processors = contents("/proc/cpuinfo")
    let memory = contents("/proc/meminfo")
    let flags = Set((field("flags", of: processors) ?? "").split(separator: " ").map(String.init))
    let total = field("MemTotal", of: memory).flatMap(bytes)
    let limit = Int(
      contents("/sys/fs/cgroup/memory.max").trimmingCharacters(in: .whitespacesAndNewlines))
    return Machine(
      processor: field("model name", of: processors),
      instructions: usefulInstructions.filter(flags.contains),
      cores: ProcessInfo.processInfo.activeProcessorCount,
      memoryBytes: [total, limit].compactMap(\.self).min(),
      availableBytes: field("MemAvailable", of: memory).flatMap(bytes),
      freeDisk: freeDisk)
  }

  private static var freeDisk: [FreeDisk] {
    let temporary = FileManager.default.temporaryDirectory.path
    return [temporary, FileManager.default.currentDirectoryPath].compactMap { folder in
      let attributes = try? FileManager.default.attributesOfFileSystem(forPath: folder)
      return (attributes?[.systemFreeSize] as? NSNumber).map {
        FreeDisk(folder: folder, bytes: $0.intValue)
      }
    }
  }

  private static func contents(_ path: String) -> String {
    (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
  }

  /// Returns the value of the first line `name : value` of `text`.
  static func field(_ name: String, of text: String) -> String? {
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 1)
      if parts.count == 2, parts[0].trimmingCharacters(in: .whitespaces) == name {
        return parts[1].trimmingCharacters(in: .whitespaces)
      }
    }
    return nil
  }

  /// Returns the bytes of a value such as `24689936 kB`.
  static func bytes(_ value: String) -> Int? {
    value.split(separator: " ").first.flatMap { Int($0) }.map { $0 * 1024 }
  }
}
