package import Datasets
import Files
import Foundation

/// The images that a packed file was chosen on, out of several, by its accuracy.
package struct Selection: Codable, Equatable, Sendable {
  package let images: Int
  /// SHA-256 of the images' names, labels and sizes, in their order.
  package let imagesDigest: String
  package let limit: DropLimit
  package let note: String

  package init(by images: ImageSet, limit: DropLimit) {
    self.images = images.items.count
    imagesDigest = Self.digest(of: images)
    self.limit = limit
    note = "these images chose the file: they are no test set any more"
  }

  private static func digest(of images: ImageSet) -> String {
    SHA256.hexDigest(of: Data(images.manifest.utf8))
  }

  /// What to tell somebody who scores the file on `evaluation`.
  package func line(evaluation: ImageSet) -> String {
    guard Self.digest(of: evaluation) == imagesDigest else {
      return "note       the file was chosen by its top-1 on \(images) images, list "
        + "\(imagesDigest.prefix(12)): for it they are no test set"
    }
    return "warning    the file was chosen by its top-1 on these very \(images) images: the scores "
      + "are optimistic"
  }
}

/// The most top-1 that a quantized network may lose, in points.
package struct DropLimit: Codable, Equatable, Sendable {
  package let points: Double
  /// Whether the upper end of the drop's interval must keep within the limit, and not just the drop seen.
  package let isConfident: Bool

  package init(points: Double, isConfident: Bool = false) {
    self.points = points
    self.isConfident = isConfident
  }
}

extension Model {
  /// That a packed file was chosen by its accuracy, and whether on these images.
  func selectionLines(evaluation: ImageSet) -> [String] {
    guard case .packed(let packed) = self, let selection = packed.provenance.selection else {
      return []
    }
    return [selection.line(evaluation: evaluation)]
  }
}
