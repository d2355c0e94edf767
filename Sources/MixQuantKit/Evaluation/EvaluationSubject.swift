package import Datasets
package import Execution
package import Files
package import Foundation

/// A model and the images on which it is scored.
package struct EvaluationSubject: Sendable {
  package let model: Model
  package let evaluator: Evaluator
  /// The lines to print before the work: the choices that were made and their reasons.
  package let introduction: [String]

  /// Opens the images of `data` and matches their classes with the model's classes.
  ///
  /// - Parameters:
  ///   - url: The model's file.
  ///   - labels: A list of names and classes, used instead of class folders.
  ///   - classMap: A file that maps the names of class folders to the model's classes.
  ///   - limit: The number of images to use, spread evenly over all; nil uses all.
  ///   - engine: The kernels; nil for the usual ones of the network.
  /// - Throws: The errors of opening images and of matching classes, and `usage` if the engine cannot
  ///   compute the network.
  package init(
    model: Model, url: URL, data: URL, labels: URL? = nil, classMap: URL? = nil,
    limit: Int? = nil, flags: TransformFlags, skipBadImages: Bool, engine: InferenceEngine? = nil,
    context: Context
  ) throws(InputError) {
    try model.classifier.require(engine, at: url.path)
    self.model = model
    let choice = try model.transform(flags: flags, url: url)
    try model.classifier.network.requireMemory(for: choice.transform, context: context)
    var images = try ImageSet.open(
      data, purpose: .evaluation, labels: labels, skipBadImages: skipBadImages)
    let map: ClassMap? =
      if let classMap {
        try ClassMap(contentsOf: classMap, names: images.classNames)
      } else { nil }
    let mapping = try LabelMapping.resolve(
      classNames: images.classNames, modelClassCount: model.classCount,
      modelLabelNames: model.labelNames, source: images.labelSource, classMap: map)
    let total = images.items.count
    if let limit { images = images.limited(to: limit) }
    evaluator = Evaluator(
      images: images, transform: choice.transform, classes: mapping.indices, context: context,
      skipBadImages: skipBadImages, engine: engine)
    introduction =
      model.introduction(url) + [
        "images     \(images.items.count) of \(total), \(images.layout), \(data.path)"
      ] + images.notes + [
        "classes    \(mapping.description): \(mapping.samples)",
        "transform  \(choice.transform.description) (\(choice.reason))",
        "engine     \(model.classifier.engineDescription(engine))",
      ] + model.selectionLines(evaluation: images)
  }

  /// Compares the folded network with the unfolded network on a few images.
  ///
  /// - Returns: A line on the difference; nil for a packed file, which is not folded.
  package func selfCheck() throws -> String? {
    guard case .checkpoint(let model) = model else { return nil }
    return try evaluator.selfCheck(of: model)
  }

  /// Returns the state that keeps the answers so far beside a file of predictions.
  package func state(beside predictions: URL) -> EvaluationStateFile {
    EvaluationStateFile(EvaluationStateFile.url(beside: predictions), of: model, by: evaluator)
  }

  /// Scores the model.
  ///
  /// - Parameters:
  ///   - audit: The audit to include in the result.
  ///   - state: The file that keeps the answers so far, on the first rank; nil keeps nothing.
  /// - Throws: An error if an image cannot be read or a logit is not finite; also the errors of `state`
  ///   and `progress`.
  package func evaluate(
    audit: ImageAudit? = nil, state: EvaluationStateFile? = nil,
    progress: (Int, Int) throws -> Void = { _, _ in }
  ) throws -> EvaluationResult {
    EvaluationResult(
      try evaluator.answers(of: model.classifier, state: state, progress: progress),
      engine: evaluator.engine ?? model.classifier.usualEngine, transform: evaluator.transform,
      audit: audit)
  }
}
