package import Datasets
package import Execution
package import Files
package import Foundation
import Graphs
import Tensors

/// A network that runs on single image files, and the time that it takes.
package struct ImageClassifier {
  package let model: Model
  /// The transform from images to inputs and the reason for it.
  package let transform: TransformChoice
  private let context: Context
  /// The programs for the sizes of input seen so far.
  private var inferences: [Shape: Inference] = [:]

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

  /// Returns the logits of the image at `url`, and the time of the network in milliseconds.
  ///
  /// - Throws: `missingInput` or `badData` if the image cannot be read, if the network cannot take
  ///   inputs of its size, or if a logit is not finite.
  package mutating func logits(
    of url: URL
  ) throws(InputError) -> (logits: [Float], milliseconds: Double) {
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
    return (logits, 1000 * seconds)
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
}
