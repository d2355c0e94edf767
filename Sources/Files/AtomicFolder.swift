package import Foundation

/// A writer of folders that appear whole or not at all.
package enum AtomicFolder {
  /// Lets `fill` write into a new folder beside `folder`, and then renames the new folder.
  ///
  /// An existing folder is replaced only if it is empty or `overwriting` is true. It must hold only
  /// files with the names of the new ones, so that a mistyped name cannot delete other work.
  ///
  /// - Throws: `cannotWrite` if the folder cannot be replaced or written, and any error that `fill`
  ///   throws.
  package static func write(
    to folder: URL, overwriting: Bool, fill: (URL) throws(InputError) -> Void
  ) throws(InputError) {
    let files = FileManager.default
    let folder = resolved(folder)
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
      do { try files.moveItem(at: staging, to: folder) } catch {
        try files.moveItem(at: old, to: folder)
        throw error
      }
      try files.removeItem(at: old)
    }
  }

  private static func sibling(of folder: URL, _ suffix: String) -> URL {
    let process = ProcessInfo.processInfo.processIdentifier
    return folder.deletingLastPathComponent()
      .appending(path: ".\(folder.lastPathComponent).\(process).\(suffix)")
  }

  /// Throws `cannotWrite` if `write` would refuse to put files with these `names` in `folder`.
  package static func requireReplaceable(
    _ folder: URL, overwriting: Bool, names: [String]
  ) throws(InputError) {
    let files = FileManager.default
    let folder = resolved(folder)
    try requireRoom(for: folder)
    guard files.fileExists(atPath: folder.path) else { return }
    let present = try? files.contentsOfDirectory(atPath: folder.path)
    guard overwriting || present?.isEmpty == true else {
      throw failure(folder, "it exists", try: "choose another name, or use --force")
    }
    guard let present else {
      throw failure(folder, "it is not a folder that can be read", try: "choose another name")
    }
    guard let other = present.sorted().first(where: { !names.contains($0) }) else { return }
    throw failure(
      folder, "it holds \(other), which would be lost", try: "name a new or an empty folder")
  }

  /// Returns the folder that `folder` links to, or `folder` itself; a link is never replaced.
  private static func resolved(_ folder: URL) -> URL {
    folder.standardizedFileURL.resolvingSymlinksInPath()
  }

  /// Throws `cannotWrite` if nothing can be made at the place of `folder`.
  ///
  /// Missing folders above it do not matter, because `write` makes them.
  private static func requireRoom(for folder: URL) throws(InputError) {
    let files = FileManager.default
    var place = folder
    while place.path != "/" {
      let parent = place.deletingLastPathComponent()
      var isFolder: ObjCBool = false
      guard files.fileExists(atPath: parent.path, isDirectory: &isFolder) else {
        guard AtomicFile.type(at: parent) == nil else {
          throw failure(folder, "\(parent.path) is a link to a path that does not exist")
        }
        place = parent
        continue
      }
      guard isFolder.boolValue else { throw failure(folder, "\(parent.path) is not a folder") }
      break
    }
    guard files.fileExists(atPath: folder.path) || AtomicFile.type(at: place) == nil else {
      throw failure(folder, "\(place.path) is a link to a path that does not exist")
    }
    let trial = sibling(of: place, "try")
    try attempt(folder) {
      try files.createDirectory(at: trial, withIntermediateDirectories: false)
      try files.removeItem(at: trial)
    }
  }

  private static func attempt(_ folder: URL, _ work: () throws -> Void) throws(InputError) {
    do { try work() } catch { throw failure(folder, systemReason(error)) }
  }

  private static func failure(
    _ folder: URL, _ reason: String, try remedy: String = "choose another place"
  ) -> InputError {
    InputError(
      .cannotWrite, "cannot write the folder", at: folder.path, because: reason, try: remedy)
  }
}
