package import Foundation

/// A writer of files that appear whole or not at all.
package enum AtomicFile {
  /// Writes `data` at `url` by way of a temporary file in the same folder.
  ///
  /// - Throws: `cannotWrite` if the file exists and `overwriting` is false, or if it cannot be
  ///   written.
  package static func write(
    _ data: Data, to url: URL, overwriting: Bool
  ) throws(InputError) {
    guard overwriting || type(at: url) == nil else {
      throw failure(url, because: "the file exists", try: "use --force to overwrite it")
    }
    do {
      try data.write(to: url, options: .atomic)
    } catch {
      throw failure(url, because: systemReason(error))
    }
  }

  /// Returns the type of the item at `url`, or `nil` if there is none; a broken link is an item.
  package static func type(at url: URL) -> FileAttributeType? {
    (try? FileManager.default.attributesOfItem(atPath: url.path))?[.type] as? FileAttributeType
  }

  private static func failure(
    _ url: URL, because reason: String, try remedy: String = "choose another place"
  ) -> InputError {
    InputError(
      .cannotWrite, "cannot write the file", at: url.relativePath, because: reason, try: remedy)
  }
}
