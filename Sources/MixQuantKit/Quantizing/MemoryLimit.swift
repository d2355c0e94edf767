package import Execution
package import Files
package import Foundation

/// The most memory that the process may have resident, and where caches go that find no room in it.
package struct MemoryLimit: Sendable {
  let bytes: Int
  let folder: URL

  package init(bytes: Int, folder: URL) {
    self.bytes = bytes
    self.folder = folder
  }

  /// Where the caches of a run go, and what it takes there; throws `usage` where the limit is too small
  /// even with caches in files.
  fileprivate func storage(
    for estimate: RunEstimate
  ) throws(InputError) -> (storage: CacheStorage, estimate: RunEstimate) {
    guard Self.withMargin(estimate.bytes) > bytes else { return (.memory, estimate) }
    let least = Self.withMargin(estimate.leastBytes)
    guard least <= bytes else {
      throw InputError(
        .usage, "cannot keep within the memory", at: "--max-memory",
        because: "\(Self.mebibytes(least)) are the least that works, with caches in "
          + "files, and \(Self.mebibytes(bytes)) are given",
        try: "give at least \(Self.roundedUp(least))M, or a smaller --batch")
    }
    var spilled = estimate
    spilled.bytes = estimate.leastBytes
    return (.file(in: folder), spilled)
  }

  /// A sixth more: a run has been found to take 16 % more than estimated.
  private static func withMargin(_ bytes: Int) -> Int { bytes + bytes / 6 }

  private static func roundedUp(_ bytes: Int) -> Int { (bytes + 1_048_575) / 1_048_576 }

  private static func mebibytes(_ bytes: Int) -> String { "\(roundedUp(bytes)) MiB" }
}

extension MemoryLimit? {
  /// Where the caches of a run go, and what it takes there; throws `usage` where the limit is too small
  /// even with caches in files.
  package func storage(
    for estimate: RunEstimate?
  ) throws(InputError) -> (storage: CacheStorage, estimate: RunEstimate?) {
    guard let self, let estimate else { return (.memory, estimate) }
    return try self.storage(for: estimate)
  }

  /// Where the caches of all runs of `quantizer` go, found by a probe where there is a limit; throws also
  /// where images cannot be read.
  package func storage(for quantizer: Quantizer) throws -> CacheStorage {
    guard self != nil else { return .memory }
    return try storage(for: quantizer.estimate()).storage
  }
}
