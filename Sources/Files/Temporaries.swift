internal import Foundation
internal import Synchronization

/// The temporary files and folders of this process, which a signal must not leave behind.
package enum Temporaries {
  private struct State {
    var paths: Set<String> = []
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

  static func add(_ path: String) {
    let isEnding = state.withLock {
      $0.paths.insert(path)
      return $0.isEnding
    }
    // The process ends within milliseconds; nothing new may appear until then.
    while isEnding { sleep(1) }
  }

  static func remove(_ path: String) { state.withLock { _ = $0.paths.remove(path) } }

  /// Removes all temporary files and folders of a process that is about to end.
  ///
  /// Other threads may still write into a folder, so its removal is tried several times.
  package static func removeAll() {
    let paths = state.withLock {
      $0.isEnding = true
      return $0.paths
    }
    for path in paths {
      for _ in 0..<20 where (try? FileManager.default.removeItem(atPath: path)) == nil {
        if AtomicFile.type(at: URL(filePath: path)) == nil { break }
      }
    }
  }
}
