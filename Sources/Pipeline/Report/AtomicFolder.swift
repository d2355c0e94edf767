package import Foundation
package import Tensors

/// Folders that are there whole or not at all.
package enum AtomicFolder {
  /// Lets `fill` write into a new folder beside `folder`, then renames it.
  ///
  /// A folder that is already there is replaced only if `overwriting`, and only if it holds nothing but
  /// files of the same names, so that no mistyped name deletes other work. Throws `cannotWrite`, and
  /// what `fill` throws.
  package static func write(
    to folder: URL, overwriting: Bool, fill: (URL) throws(InputError) -> Void
  ) throws(InputError) {
    let files = FileManager.default
    let folder = folder.standardizedFileURL
    let staging = sibling(of: folder, "tmp")
    defer { try? files.removeItem(at: staging) }
    try attempt(folder) {
      try files.createDirectory(at: staging, withIntermediateDirectories: true)
    }
    try fill(staging)
    let names = (try? files.contentsOfDirectory(atPath: staging.path)) ?? []
    try requireReplaceable(folder, overwriting: overwriting, names: names)
    guard files.fileExists(atPath: folder.path) else {
      try attempt(folder) { try files.moveItem(at: staging, to: folder) }
      return
    }
    let old = sibling(of: folder, "old")
    try attempt(folder) {
      try files.moveItem(at: folder, to: old)
      try files.moveItem(at: staging, to: folder)
      try files.removeItem(at: old)
    }
  }

  private static func sibling(of folder: URL, _ suffix: String) -> URL {
    let process = ProcessInfo.processInfo.processIdentifier
    return folder.deletingLastPathComponent()
      .appending(path: ".\(folder.lastPathComponent).\(process).\(suffix)")
  }

  /// Throws `cannotWrite` where `write` of files with these `names` would refuse.
  package static func requireReplaceable(
    _ folder: URL, overwriting: Bool, names: [String]
  ) throws(InputError) {
    let files = FileManager.default
    guard files.fileExists(atPath: folder.path) else { return }
    guard overwriting else {
      throw failure(folder, "it exists", try: "choose another name, or use --force")
    }
    guard let present = try? files.contentsOfDirectory(atPath: folder.path) else {
      throw failure(folder, "it is not a folder that can be read")
    }
    guard let other = present.sorted().first(where: { !names.contains($0) }) else { return }
    throw failure(
      folder, "it holds \(other), which would be lost", try: "name a new or an empty folder")
  }

  private static func attempt(_ folder: URL, _ work: () throws -> Void) throws(InputError) {
    do { try work() } catch { throw failure(folder, error.localizedDescription) }
  }

  private static func failure(
    _ folder: URL, _ reason: String, try remedy: String = ""
  ) -> InputError {
    InputError(
      .cannotWrite, "cannot write the folder", at: folder.path, because: reason, try: remedy)
  }
}
