package import Datasets
package import Execution
package import Files
package import Foundation
import Graphs
import Tensors

/// A classifier of single image files.
package struct ImageClassifier {
  private let model: Model
  /// The transform from images to inputs and the reason for it.
  package let transform: TransformChoice
  private let context: Context
  /// The programs for the sizes of input seen so far.
  private var inferences: [Shape: Inference] = [:]

  private static let answerCount = 5

  /// Creates the classifier of `model`, which was read from `url`.
  ///
  /// - Throws: An error if a flag is out of range or the configuration cannot be read.
  package init(
    _ model: Model, url: URL, flags: TransformFlags, context: Context
  ) throws(InputError) {
    self.model = model
    self.context = context
    transform = try model.transform(flags: flags, url: url)
  }

  /// Returns the most probable classes of the image at `url`.
  ///
  /// - Throws: `missingInput` or `badData` if the image cannot be read, if the network cannot take
  ///   inputs of its size, or if a logit is not finite.
  package mutating func callAsFunction(_ url: URL) throws(InputError) -> Classification {
    let input = try transform.transform.input(
      contentsOf: url, form: model.classifier.form(of: transform.transform))
    let inference = try inference(for: input, from: url)
    let clock = ContinuousClock()
    let start = clock.now
    let logits = inference.logits(of: input, context: context).scalars
    let seconds = (clock.now - start).seconds
    guard logits.allSatisfy(\.isFinite) else {
      throw InputError(
        .badImage, "cannot classify the image", at: url.relativePath,
        because: "the network's logits are not finite",
        try: "check the model's scales and statistics, because its weights overflow")
    }
    return Classification(
      image: url.relativePath, top: answers(logits), milliseconds: 1000 * seconds)
  }

  /// Returns the program for inputs like `input`, after a first run that warms it up.
  private mutating func inference(
    for input: NetworkInput, from url: URL
  ) throws(InputError) -> Inference {
    let shape = input.imageShape
    if let known = inferences[shape] { return known }
    let classifier = model.classifier
    do { _ = try classifier.network.shapes(for: shape) } catch {
      throw InputError(
        .badImage, "cannot classify the image", at: url.relativePath,
        because: "\(error.place): \(error.reason)", try: error.remedy)
    }
    let inference = classifier.inference(
      inputShape: shape, scaling: transform.transform.scaling, context: context)
    _ = inference.logits(of: input, context: context)
    inferences[shape] = inference
    return inference
  }

  private func answers(_ logits: [Float]) -> [Classification.Answer] {
    let logProbabilities = Softmax.logProbabilities(logits[...])
    // Of equal logits, the lower class comes first.
    let ranked = logits.indices.sorted { (logits[$0], $1) > (logits[$1], $0) }
    return ranked.prefix(Self.answerCount).map { index in
      Classification.Answer(
        class: index, name: name(of: index),
        description: text(of: index, in: model.labelDescriptions),
        probability: exp(logProbabilities[index]), logit: logits[index])
    }
  }

  /// Returns the name of a class; 1,000 classes without names are those of ILSVRC2012.
  private func name(of index: Int) -> String? {
    let isImageNet = model.classCount == ImageNetClasses.wnids.count
    return text(of: index, in: model.labelNames ?? (isImageNet ? ImageNetClasses.wnids : nil))
  }

  /// Returns the text of a class; a configuration may have texts for fewer classes than the network.
  private func text(of index: Int, in texts: [String]?) -> String? {
    guard let texts, texts.count == model.classCount else { return nil }
    return texts[index]
  }
}
