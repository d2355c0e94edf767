package import Foundation

/// Folders that are there whole or not at all.
package enum AtomicFolder {
  /// Lets `fill` write into a new folder beside `folder`, then renames it.
  ///
  /// A folder that is already there is replaced only if it is empty or `overwriting`, and only if it holds
  /// nothing but files of the same names, so that no mistyped name deletes other work. Throws `cannotWrite`, and
  /// what `fill` throws.
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

  /// Throws `cannotWrite` where `write` of files with these `names` would refuse.
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
    guard let present else { throw failure(folder, "it is not a folder that can be read") }
    guard let other = present.sorted().first(where: { !names.contains($0) }) else { return }
    throw failure(
      folder, "it holds \(other), which would be lost", try: "name a new or an empty folder")
  }

  /// The folder itself where `folder` is a link to one, which stays.
  private static func resolved(_ folder: URL) -> URL {
    folder.standardizedFileURL.resolvingSymlinksInPath()
  }

  /// Tries whether something can be made where `folder` shall be; folders above that are not there are made
  /// later.
  private static func requireRoom(for folder: URL) throws(InputError) {
    let files = FileManager.default
    var place = folder
    while place.path != "/" {
      let parent = place.deletingLastPathComponent()
      var isFolder: ObjCBool = false
      guard files.fileExists(atPath: parent.path, isDirectory: &isFolder) else {
        guard AtomicFile.type(at: parent) == nil else {
          throw failure(folder, "\(parent.path) is a link that leads nowhere")
        }
        place = parent
        continue
      }
      guard isFolder.boolValue else { throw failure(folder, "\(parent.path) is not a folder") }
      break
    }
    guard files.fileExists(atPath: folder.path) || AtomicFile.type(at: place) == nil else {
      throw failure(folder, "\(place.path) is a link that leads nowhere")
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
    _ folder: URL, _ reason: String, try remedy: String = ""
  ) -> InputError {
    InputError(
      .cannotWrite, "cannot write the folder", at: folder.path, because: reason, try: remedy)
  }
}
