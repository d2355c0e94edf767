package import Datasets

/// The images by which a packed file was chosen among several for its accuracy.
package struct Selection: Codable, Equatable, Sendable {
  package let images: Int
  /// The SHA-256 of the images' names, labels and sizes, in their order.
  package let imagesDigest: String
  package let limit: DropLimit
  package let note: String

  package init(by images: ImageSet, limit: DropLimit) {
    self.images = images.items.count
    imagesDigest = images.digest
    self.limit = limit
    note = "the file was chosen by its accuracy on these images, so they are no longer a test set"
  }

  /// Returns the line to print when the file is scored on `evaluation`.
  package func line(evaluation: ImageSet) -> String {
    guard evaluation.digest == imagesDigest else {
      return "note       the file was chosen by its top-1 on \(images) images (list "
        + "\(imagesDigest.prefix(12))), which are therefore not a test set for it"
    }
    return "warning    the file was chosen by its top-1 on these same \(images) images: the scores "
      + "are optimistic"
  }
}

/// The limit on the loss of top-1 accuracy, in percentage points.
package struct DropLimit: Codable, Equatable, Sendable {
  package let points: Double
  /// True if the upper end of the drop's interval must be within the limit, not only the drop itself.
  package let isConfident: Bool

  package init(points: Double, isConfident: Bool = false) {
    self.points = points
    self.isConfident = isConfident
  }
}

extension Model {
  /// Returns the line on the selection of a packed file, if it was chosen by its accuracy.
  func selectionLines(evaluation: ImageSet) -> [String] {
    guard case .packed(let packed) = self, let selection = packed.provenance.selection else {
      return []
    }
    return [selection.line(evaluation: evaluation)]
  }
}
