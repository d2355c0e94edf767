internal import CFiles
internal import Foundation

/// The system calls behind files and folders that appear whole: locks, renames and syncs.
enum Lock {
  /// Opens or creates the temporary file at `path`, locks it and empties it.
  ///
  /// - Throws: `cannotWrite` naming `url` if the file cannot be made or another run holds the lock.
  static func file(_ path: String, for url: URL) throws(InputError) -> CInt {
    while true {
      let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
      guard file >= 0 else { throw refusal(url, errno) }
      do throws(InputError) {
        try lock(file, url)
        // Another run may have renamed or removed the file before it was locked.
        if isStill(file, at: path) {
          guard ftruncate(file, 0) == 0 else { throw refusal(url, errno) }
          return file
        }
        close(file)
      } catch {
        close(file)
        throw error
      }
    }
  }

  /// Opens and locks the folder at `path`; throws as `file` does.
  static func folder(_ path: String, for url: URL) throws(InputError) -> CInt {
    let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { throw refusal(url, errno) }
    do throws(InputError) { try lock(folder, url) } catch {
      close(folder)
      throw error
    }
    return folder
  }

  private static func lock(_ descriptor: CInt, _ url: URL) throws(InputError) {
    guard flock(descriptor, LOCK_EX | LOCK_NB) != 0 else { return }
    guard errno == EWOULDBLOCK else { return }  // The file system has no locks.
    throw InputError(
      .cannotWrite, "cannot write", at: url.relativePath,
      because: "another run of mixq is writing it", try: "wait for it, or choose another place")
  }

  private static func isStill(_ file: CInt, at path: String) -> Bool {
    var (opened, named) = (stat(), stat())
    return fstat(file, &opened) == 0 && lstat(path, &named) == 0
      && opened.st_ino == named.st_ino && opened.st_dev == named.st_dev
  }

  private static func refusal(_ url: URL, _ code: CInt) -> InputError {
    InputError(
      .cannotWrite, "cannot write", at: url.relativePath, because: systemReason(code),
      try: code == EMFILE || code == ENFILE ? descriptorAdvice : "choose another place")
  }

  /// Renames a file or folder; throws the error that `failure` makes of the system's number.
  ///
  /// - Parameter overwriting: True if an item at `target` may be replaced.
  static func rename(
    _ path: String, to target: String, overwriting: Bool, failure: (CInt) -> InputError
  ) throws(InputError) {
    guard !overwriting else {
      guard Foundation.rename(path, target) == 0 else { throw failure(errno) }
      return
    }
    if cf_rename_new(path, target) == 0 { return }
    // Some file systems cannot do both in one step.
    guard errno == EINVAL || errno == ENOSYS else { throw failure(errno) }
    guard AtomicFile.type(at: URL(filePath: target)) == nil else { throw failure(EEXIST) }
    guard Foundation.rename(path, target) == 0 else { throw failure(errno) }
  }

  /// Exchanges two items in one step; returns false if the file system cannot.
  static func exchange(_ path: String, _ other: String) -> Bool {
    cf_exchange(path, other) == 0
  }

  /// Writes all that is in the open folder at `path` to disk; returns false if that fails.
  static func sync(_ path: String, _ folder: CInt) -> Bool {
    let names = (try? FileManager.default.subpathsOfDirectory(atPath: path)) ?? []
    // For thousands of files, one call for the whole file system is faster.
    guard names.count <= 100 else { return cf_sync(folder) == 0 }
    for name in names {
      let file = open("\(path)/\(name)", O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
      guard file >= 0 else { return false }
      defer { close(file) }
      guard fsync(file) == 0 else { return false }
    }
    return fsync(folder) == 0
  }

  /// Writes the names in the folder of `url` to disk, so that a loss of power does not undo a rename.
  static func syncFolder(of url: URL) {
    let folder = open(url.deletingLastPathComponent().path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { return }
    fsync(folder)
    close(folder)
  }
}
