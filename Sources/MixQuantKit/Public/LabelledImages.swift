public import Foundation

/// Images and their classes.
public struct LabelledImages: Sendable {
  let folder: URL
  let labels: URL?
  let classMap: URL?
  let limit: Int?

  /// Creates a reference to a folder of images.
  ///
  /// The folder is read when a model is evaluated. Its classes must match those of the model.
  ///
  /// - Parameters:
  ///   - folder: A folder with class folders, ILSVRC's flat folder or CIFAR-10's batches.
  ///   - labels: A list of the images' classes, used instead of class folders.
  ///   - classMap: A file that maps the names of class folders to the model's classes.
  ///   - limit: The largest number of images to score, spread evenly over all.
  public init(
    folder: URL, labels: URL? = nil, classMap: URL? = nil, limit: Int? = nil
  ) {
    self.folder = folder
    self.labels = labels
    self.classMap = classMap
    self.limit = limit
  }
}
