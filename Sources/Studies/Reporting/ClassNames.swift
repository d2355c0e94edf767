import Datasets
import Files
import MixQuantKit

/// The names of a network's classes, as far as the model or the images know any.
struct ClassNames: Sendable {
  private let names: [String]
  private let folders: [Int: String]

  /// - Parameters:
  ///   - names: The model's names for people, or its label names.
  ///   - evaluator: Its images may know names.
  init(_ names: [String]?, _ evaluator: Evaluator) {
    self.names = names ?? []
    folders = Dictionary(
      zip(evaluator.classes, evaluator.images.classNames), uniquingKeysWith: { first, _ in first })
  }

  /// The name of a class of the network.
  subscript(class_: Int) -> String {
    let name = names.indices.contains(class_) ? names[class_] : folders[class_]
    return name?.printable(limit: 60) ?? "class \(class_)"
  }
}
