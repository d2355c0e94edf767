internal import Foundation
internal import Synchronization

/// The temporary files and folders of this process, which a signal must not leave behind.
package enum Temporaries {
  private struct State {
    var paths: Set<String> = []
    /// Folders that were made above them, the innermost first.
    var parents: [String] = []
    var isEnding = false
  }

  private static let state = Mutex(State())

  /// Returns the temporary path for `url`, in the same folder.
  ///
  /// The name depends only on `url`, so that the next run finds what a killed run left, and it is
  /// short, because file systems allow 255 bytes.
  static func path(for url: URL) -> String {
    let digest = SHA256.hexDigest(of: Data(url.lastPathComponent.utf8)).prefix(16)
    return url.deletingLastPathComponent().appending(path: ".mixq-\(digest).tmp").path
  }

  /// Adds a path before anything is made there.
  ///
  /// - Parameter parents: The folders that will be made above it, the innermost first.
  static func add(_ path: String, under parents: [String] = []) {
    let isEnding = state.withLock {
      $0.paths.insert(path)
      $0.parents += parents
      return $0.isEnding
    }
    if isEnding { awaitEnd() }
  }

  /// Waits for the end of the process if `removeAll` has begun, and otherwise returns.
  ///
  /// Work that fails because `removeAll` took its folder away must not report an error.
  package static func awaitEnd() {
    while state.withLock(\.isEnding) { sleep(1) }
  }

  /// Forgets a path that is renamed or removed, and the folders above it.
  static func remove(_ path: String, under parents: [String] = []) {
    state.withLock {
      $0.paths.remove(path)
      $0.parents.removeAll { parents.contains($0) }
    }
  }

  /// Removes all temporary files and folders of a process that is about to end.
  ///
  /// Other threads may still write into a folder. They fail once it has another name, and its removal is
  /// tried several times.
  package static func removeAll() {
    let (paths, parents) = state.withLock {
      $0.isEnding = true
      return ($0.paths, $0.parents)
    }
    // Only empty folders can be removed in this way.
    defer { for parent in parents { rmdir(parent) } }
    for named in paths {
      let path = rename(named, "\(named).gone") == 0 ? "\(named).gone" : named
      for _ in 0..<20 where (try? FileManager.default.removeItem(atPath: path)) == nil {
        if AtomicFile.type(at: URL(filePath: path)) == nil { break }
      }
    }
  }
}
