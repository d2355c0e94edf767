package import Execution
package import Files
package import Foundation

/// The limit on the process's resident memory, and the folder for caches that do not fit.
package struct MemoryLimit: Sendable {
  /// The largest number of resident bytes.
  let bytes: Int
  /// The folder for caches in files.
  let folder: URL

  package init(bytes: Int, folder: URL) {
    self.bytes = bytes
    self.folder = folder
  }

  /// Returns the storage of a run's caches and the estimate for it.
  ///
  /// - Throws: `usage` if the limit is too small even with caches in files.
  fileprivate func storage(
    for estimate: RunEstimate
  ) throws(InputError) -> (storage: CacheStorage, estimate: RunEstimate) {
    guard Self.withMargin(estimate.bytes) > bytes else { return (.memory, estimate) }
    let least = Self.withMargin(estimate.leastBytes)
    guard least <= bytes else {
      throw InputError(
        .tooLittleBudget, "cannot keep within the memory", at: "--max-memory",
        because: "\(Self.mebibytes(bytes)) are given, but even with caches in files the run needs "
          + Self.mebibytes(least),
        try: "give at least \(Self.roundedUp(least))M, or a smaller --batch")
    }
    var spilled = estimate
    spilled.bytes = estimate.leastBytes
    return (.file(in: folder), spilled)
  }

  /// Returns `bytes` and a sixth more, because a run once took 16 % more than estimated.
  private static func withMargin(_ bytes: Int) -> Int { bytes + bytes / 6 }

  private static func roundedUp(_ bytes: Int) -> Int { (bytes + 1_048_575) / 1_048_576 }

  private static func mebibytes(_ bytes: Int) -> String { "\(roundedUp(bytes)) MiB" }
}

extension MemoryLimit? {
  /// Returns the storage of a run's caches and the estimate for it.
  ///
  /// - Throws: `usage` if the limit is too small even with caches in files.
  package func storage(
    for estimate: RunEstimate?
  ) throws(InputError) -> (storage: CacheStorage, estimate: RunEstimate?) {
    guard let self, let estimate else { return (.memory, estimate) }
    return try self.storage(for: estimate)
  }

  /// Returns the storage of caches for all runs of `quantizer`.
  ///
  /// If there is a limit, a probe finds it.
  ///
  /// - Throws: `usage` if the limit is too small even with caches in files; other errors if an image
  ///   cannot be read.
  package func storage(for quantizer: Quantizer) throws -> CacheStorage {
    guard self != nil else { return .memory }
    return try storage(for: quantizer.estimate()).storage
  }
}
