internal import Datasets
internal import Execution
internal import Files
public import Foundation

/// The most probable classes of an image.
public struct Classification: Encodable, Sendable {
  /// A class and its probability.
  public struct Answer: Encodable, Sendable {
    /// The index of the class.
    public let `class`: Int
    /// The name of the class, such as a wnid, if it is known.
    public let name: String?
    /// The description of the class for people, if it is known.
    public let description: String?
    /// The softmax of the logits.
    public let probability: Double
    /// The value before the softmax.
    public let logit: Float
  }

  /// The path of the image.
  public let image: String
  /// The five most probable classes, or all if there are fewer; the most probable one first.
  public let top: [Answer]
  /// The time of the network in milliseconds, without reading and decoding.
  public let milliseconds: Double

  /// The classification in one line.
  package var text: String {
    let answers = top.map { answer in
      (answer.description ?? answer.name ?? "class \(answer.class)")
        + String(format: " %.1f %%", 100 * answer.probability)
    }
    return "\(image.printable())  \(answers.joined(separator: ", ").printable(limit: 400))  "
      + String(format: "(%.1f ms)", milliseconds)
  }
}

extension QuantizedModel {
  /// Returns the most probable classes of each image, in the order of `images`.
  ///
  /// - Parameters:
  ///   - images: The image files, which the model's own transform turns into inputs.
  ///   - threads: The number of threads; the answers do not depend on it.
  /// - Throws: `MixQuantError` if an image cannot be read or a logit is not finite.
  public func classified(
    _ images: [URL], threads: Int = Threads.all
  ) throws(MixQuantError) -> [Classification] {
    try MixQuantError.wrapping {
      let model = Model.packed(packed)
      var classify = try ImageClassifier(
        model, url: model.place, flags: TransformFlags(),
        context: Context(threads: max(1, threads)))
      return try images.map { try classify($0) }
    }
  }
}
