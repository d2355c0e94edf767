import Datasets
import Foundation
import TestSupport

/// Pictures of the ten shapes that the embedded model was trained on, in a folder that goes with this value.
final class Pictures {
  let folder: URL

  init(count: Int, seed: UInt64) throws {
    folder = FileManager.default.temporaryDirectory
      .appending(path: "mixq-pictures-\(UUID().uuidString)")
    try Shapes.write(count: count, seed: seed, to: folder)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// The checkpoint that the quick start uses.
  static let model = SharedFiles.projectRoot.appending(path: "Models/resnet20-shapes.safetensors")
}
