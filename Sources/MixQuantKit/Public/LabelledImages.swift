public import Foundation

/// Images with the classes that they belong to.
public struct LabelledImages: Sendable {
  let folder: URL
  let labels: URL?
  let limit: Int?

  /// Names a folder of images; it is read when a model is evaluated, whose classes the labels must match.
  ///
  /// - Parameters:
  ///   - folder: Class folders, ILSVRC's flat folder or CIFAR-10's batches.
  ///   - labels: The label file of a flat folder, if it is not in it or beside it.
  ///   - limit: The most images to score, spread evenly over all.
  public init(folder: URL, labels: URL? = nil, limit: Int? = nil) {
    self.folder = folder
    self.labels = labels
    self.limit = limit
  }
}
