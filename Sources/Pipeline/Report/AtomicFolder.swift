package import Foundation
package import Tensors

/// Folders that are there whole or not at all.
package enum AtomicFolder {
  /// Lets `fill` write into a new folder beside `folder`, then renames it; a folder that is already
  /// there is replaced only if `overwriting`. Throws `cannotWrite`, and what `fill` throws.
  package static func write(
    to folder: URL, overwriting: Bool, fill: (URL) throws(InputError) -> Void
  ) throws(InputError) {
    let files = FileManager.default
    guard overwriting || !files.fileExists(atPath: folder.path) else {
      throw InputError(
        .cannotWrite, "will not overwrite", at: folder.path, because: "it exists",
        try: "choose another name, or use --force")
    }
    let staging = folder.deletingLastPathComponent()
      .appending(
        path: ".\(folder.lastPathComponent).\(ProcessInfo.processInfo.processIdentifier).tmp")
    defer { try? files.removeItem(at: staging) }
    try attempt(folder) {
      try files.createDirectory(at: staging, withIntermediateDirectories: true)
    }
    try fill(staging)
    try attempt(folder) {
      if files.fileExists(atPath: folder.path) { try files.removeItem(at: folder) }
      try files.moveItem(at: staging, to: folder)
    }
  }

  private static func attempt(_ folder: URL, _ work: () throws -> Void) throws(InputError) {
    do { try work() } catch {
      throw InputError(
        .cannotWrite, "cannot write the folder", at: folder.path,
        because: error.localizedDescription)
    }
  }
}
