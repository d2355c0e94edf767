import ArgumentParser
import Foundation
import MixQuantKit

/// The limit on the memory of a command.
struct MemoryArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Keep the process within this memory, such as 1G or 800M; the result stays the same.",
      discussion: """
        Reconstruction's caches that do not fit go to files without a name in $TMPDIR, or beside the output; \
        they are gone with the process.
        """))
  var maxMemory: MemorySize?

  /// The limit, with room for files in $TMPDIR, or else beside `output`, or else where temporary files go.
  func limit(beside output: URL?) -> MemoryLimit? {
    guard let maxMemory else { return nil }
    let named = ProcessInfo.processInfo.environment["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 }
    let folder =
      named.map { URL(filePath: $0) } ?? output?.absoluteURL.deletingLastPathComponent()
      ?? FileManager.default.temporaryDirectory
    return MemoryLimit(bytes: maxMemory.bytes, folder: folder)
  }
}

/// Bytes as a number with K, M or G behind it, which count in 1,024s.
struct MemorySize: ExpressibleByArgument {
  let bytes: Int

  private static let units: [Character: Double] = ["K": 1024, "M": 1_048_576, "G": 1_073_741_824]

  init?(argument: String) {
    guard let last = argument.uppercased().last, let unit = Self.units[last],
      let count = Double(argument.dropLast()), count > 0, count * unit < 1e18
    else { return nil }
    bytes = Int(count * unit)
  }
}
