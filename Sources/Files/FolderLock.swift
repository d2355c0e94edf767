package import Foundation

/// The lock on a folder in which only one run may work; it ends with the value or the process.
package final class FolderLock: Sendable {
  private let descriptor: CInt

  /// Locks `folder`; throws `cannotWrite` if it cannot be opened or another run holds the lock.
  package init(_ folder: URL) throws(InputError) {
    descriptor = try Lock.folder(folder.path, for: folder)
  }

  deinit { close(descriptor) }
}
