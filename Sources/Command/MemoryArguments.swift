import ArgumentParser
import Foundation
import MixQuantKit

/// The option that limits a command's memory.
struct MemoryArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Limit the memory of the process, such as 1G or 800M; the result does not change.",
      discussion: """
        Caches of reconstruction that do not fit are unnamed files in $TMPDIR or beside the output, \
        which disappear with the process.
        """))
  var maxMemory: MemorySize?

  /// Returns the limit, or nil if none is given.
  ///
  /// The folder for caches is $TMPDIR, otherwise that of `output`, otherwise the system's folder for
  /// temporary files.
  func limit(beside output: URL?) -> MemoryLimit? {
    guard let maxMemory else { return nil }
    let named = ProcessInfo.processInfo.environment["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 }
    let folder =
      named.map { URL(filePath: $0) } ?? output?.absoluteURL.deletingLastPathComponent()
      ?? FileManager.default.temporaryDirectory
    return MemoryLimit(bytes: maxMemory.bytes, folder: folder)
  }
}

/// A number of bytes, written as a number with K, M or G (powers of 1,024).
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
