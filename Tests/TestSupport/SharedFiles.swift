package import Foundation
package import Testing

/// The photographs, checkpoints and golden files that stand beside the project when it is developed.
///
/// They are too large, or not ours, to ship; tests that need them are skipped, loudly, without them.
package enum SharedFiles {
  /// `../shared` beside the project, or the folder named by `MIXQ_SHARED`.
  package static let folder: URL? = {
    let environment = ProcessInfo.processInfo.environment["MIXQ_SHARED"]
    let folder =
      environment.map { URL(filePath: $0) }
      ?? projectRoot.deletingLastPathComponent().appending(path: "shared")
    return FileManager.default.fileExists(atPath: folder.appending(path: "golden").path)
      ? folder : nil
  }()

  package static var areThere: Bool { folder != nil }

  /// The file or folder at `path` below the shared folder.
  package static func url(_ path: String) throws -> URL {
    try #require(folder, "the shared folder is absent").appending(path: path)
  }

  /// The root of the project: three folders above this file.
  package static let projectRoot = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
}

extension Trait where Self == ConditionTrait {
  /// Skips the test, saying why, where the shared files are absent.
  package static var needsSharedFiles: Self {
    .enabled(if: SharedFiles.areThere, "needs ../shared (photographs, checkpoints, golden files)")
  }
}
