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
    try OutputFile(url, overwriting: overwriting).write(data)
  }

  /// Returns the type of the item at `url`, or `nil` if there is none; a broken link is an item.
  package static func type(at url: URL) -> FileAttributeType? {
    (try? FileManager.default.attributesOfItem(atPath: url.path))?[.type] as? FileAttributeType
  }
}
