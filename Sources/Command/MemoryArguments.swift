import ArgumentParser
import Files
import Foundation
import MixQuantKit

/// The option that limits a command's memory.
struct MemoryArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Limit the memory of the process, in bytes or with K, M or G, such as 800M or 1.5G.",
      discussion: """
        The result does not change. Caches of reconstruction that do not fit are unnamed files in \
        $TMPDIR or beside the output, which disappear with the process.
        """, valueName: "size"))
  var maxMemory: ByteSize?

  func validate() throws {
    if let maxMemory { try require(maxMemory.bytes, in: 1..., of: "--max-memory") }
  }

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
