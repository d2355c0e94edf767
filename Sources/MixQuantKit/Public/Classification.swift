internal import Datasets
internal import Execution
package import Files
public import Foundation
internal import Graphs

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

  private static let answerCount = 5

  /// Classifies the image at `url`.
  ///
  /// - Throws: `missingInput` or `badData` if the image cannot be read, if the network cannot take
  ///   inputs of its size, or if a logit is not finite.
  package init(of url: URL, by classifier: inout ImageClassifier) throws(InputError) {
    let (logits, milliseconds) = try classifier.logits(of: url)
    let logProbabilities = Softmax.logProbabilities(logits[...])
    image = url.relativePath
    top = Self.ranked(logits).prefix(Self.answerCount).map {
      Answer(
        $0, of: classifier.model, probability: exp(logProbabilities[$0]), logit: logits[$0])
    }
    self.milliseconds = milliseconds
  }

  /// Returns the classes by falling logit; of equal logits, the lower class comes first.
  private static func ranked(_ logits: [Float]) -> [Int] {
    logits.indices.sorted { (logits[$0], $1) > (logits[$1], $0) }
  }

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

extension Classification.Answer {
  /// Creates the answer of class `index`; 1,000 classes without names are those of ILSVRC2012.
  fileprivate init(_ index: Int, of model: Model, probability: Double, logit: Float) {
    /// A configuration may have texts for fewer classes than the network.
    func text(_ texts: [String]?) -> String? {
      texts.flatMap { $0.count == model.classCount ? $0[index] : nil }
    }
    let isImageNet = model.classCount == ImageNetClasses.wnids.count
    `class` = index
    name = text(model.labelNames ?? (isImageNet ? ImageNetClasses.wnids : nil))
    description = text(model.labelDescriptions)
    self.probability = probability
    self.logit = logit
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
      var classifier = try ImageClassifier(
        model, url: model.place, flags: TransformFlags(),
        context: Context(threads: max(1, threads)))
      return try images.map { try Classification(of: $0, by: &classifier) }
    }
  }
}
