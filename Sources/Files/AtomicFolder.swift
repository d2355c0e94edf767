package import Foundation

/// A writer of folders that appear whole or not at all.
package enum AtomicFolder {
  /// Lets `fill` write into a new folder beside `folder`, and then renames the new folder.
  ///
  /// An existing folder is replaced only if it is empty or `overwriting` is true. It must hold only
  /// files with the names of the new ones, so that a mistyped name cannot delete other work. It stays
  /// until the new folder is complete and on disk. The new folder is locked while it is filled, and
  /// the next run for the same folder removes what a killed run left.
  ///
  /// - Throws: `cannotWrite` if the folder cannot be replaced or written, and any error that `fill`
  ///   throws.
  package static func write(
    to folder: URL, overwriting: Bool, fill: (URL) throws(InputError) -> Void
  ) throws(InputError) {
    let folder = resolved(folder)
    let parents = missingParents(of: folder)
    let staging = Temporaries.path(for: folder)
    var isComplete = false
    // Only empty folders can be removed in this way.
    defer { if !isComplete { for parent in parents { rmdir(parent) } } }
    // A folder that another run has locked is not touched.
    let lock = try lockedFolder(staging, for: folder)
    defer { close(lock) }
    Temporaries.add(staging, under: parents)
    defer {
      try? FileManager.default.removeItem(atPath: staging)
      Temporaries.remove(staging, under: parents)
    }
    try fill(URL(filePath: staging))
    try replace(folder, by: staging, lock, overwriting: overwriting)
    isComplete = true
  }

  private static func replace(
    _ folder: URL, by staging: String, _ descriptor: CInt, overwriting: Bool
  ) throws(InputError) {
    let files = FileManager.default
    let names = (try? files.contentsOfDirectory(atPath: staging)) ?? []
    try requireReplaceable(folder, overwriting: overwriting, names: names)
    func failed(_ code: CInt) -> InputError { failure(folder, systemReason(code)) }
    guard Lock.sync(staging, descriptor) else { throw failed(errno) }
    defer { Lock.syncFolder(of: folder) }
    guard files.fileExists(atPath: folder.path) else {
      return try Lock.rename(staging, to: folder.path, overwriting: false, failure: failed)
    }
    if Lock.exchange(staging, folder.path) { return }
    guard errno == EINVAL || errno == ENOSYS else { throw failed(errno) }
    // Without an exchange, the old folder is moved away for a moment.
    let old = "\(staging).old"
    try Lock.rename(folder.path, to: old, overwriting: false, failure: failed)
    do throws(InputError) {
      try Lock.rename(staging, to: folder.path, overwriting: false, failure: failed)
    } catch {
      try Lock.rename(old, to: folder.path, overwriting: false, failure: failed)
      throw error
    }
    try? files.removeItem(atPath: old)
  }

  /// Makes an empty folder at `path` and locks it; removes what a killed run left there.
  private static func lockedFolder(_ path: String, for folder: URL) throws(InputError) -> CInt {
    let files = FileManager.default
    // A kill between the two renames leaves the old folder under this name.
    if AtomicFile.type(at: folder) == nil, files.fileExists(atPath: "\(path).old") {
      _ = rename("\(path).old", folder.path)
    }
    if files.fileExists(atPath: path) {
      close(try Lock.folder(path, for: folder))
      try attempt(folder) { try files.removeItem(atPath: path) }
    }
    try attempt(folder) {
      try files.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
    do throws(InputError) { return try Lock.folder(path, for: folder) } catch {
      rmdir(path)
      throw error
    }
  }

  /// Returns the folders above `folder` that do not exist, the innermost first.
  private static func missingParents(of folder: URL) -> [String] {
    var parents: [String] = []
    var place = folder.deletingLastPathComponent()
    while place.path != "/", AtomicFile.type(at: place) == nil {
      parents.append(place.path)
      place = place.deletingLastPathComponent()
    }
    return parents
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
      throw failure(
        folder, "it exists", code: .outputExists, try: "choose another name, or use --force")
    }
    guard let present else {
      throw failure(folder, "it is not a folder that can be read", try: "choose another name")
    }
    guard let other = present.sorted().first(where: { !names.contains($0) }) else { return }
    throw failure(
      folder, "it holds \(other), which would be lost", code: .outputExists,
      try: "name a new or an empty folder")
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
    let process = ProcessInfo.processInfo.processIdentifier
    let trial = place.deletingLastPathComponent()
      .appending(path: ".\(place.lastPathComponent).\(process).try")
    try attempt(folder) {
      try files.createDirectory(at: trial, withIntermediateDirectories: false)
      try files.removeItem(at: trial)
    }
  }

  private static func attempt(_ folder: URL, _ work: () throws -> Void) throws(InputError) {
    do { try work() } catch { throw failure(folder, systemReason(error)) }
  }

  private static func failure(
    _ folder: URL, _ reason: String, code: ErrorCode = .cannotWrite,
    try remedy: String = "choose another place"
  ) -> InputError {
    InputError(
      code, "cannot write the folder", at: folder.path, because: reason, try: remedy)
  }
}
