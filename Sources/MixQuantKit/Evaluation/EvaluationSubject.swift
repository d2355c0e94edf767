package import Datasets
package import Execution
package import Files
package import Foundation

/// A model with the images it is to be scored on, and how they were matched.
package struct EvaluationSubject: Sendable {
  package let model: Model
  package let evaluator: Evaluator
  /// What was chosen and why, one statement each, to be printed before any work.
  package let introduction: [String]

  /// Opens the images of `data` and matches their classes with the model's; throws what that throws.
  /// - Parameter limit: every k-th image only, so that this many are left.
  package init(
    model: Model, url: URL, data: URL, labels: URL? = nil, limit: Int? = nil,
    flags: TransformFlags, skipBadImages: Bool, workers: Workers
  ) throws(InputError) {
    self.model = model
    let choice = try model.transform(flags: flags, url: url)
    var images = try ImageSet.open(data, purpose: .evaluation, labels: labels)
    let mapping = try LabelMapping.resolve(
      classNames: images.classNames, modelClassCount: model.classCount,
      modelLabelNames: model.labelNames)
    let total = images.items.count
    if let limit { images = images.limited(to: limit) }
    evaluator = Evaluator(
      images: images, transform: choice.transform, classes: mapping.indices, workers: workers,
      skipBadImages: skipBadImages)
    introduction =
      model.introduction(url) + [
        "images     \(images.items.count) of \(total), \(images.layout), \(data.path)",
        "classes    \(mapping.description)",
        "transform  \(choice.transform.description) (\(choice.reason))",
      ] + model.selectionLines(evaluation: images)
  }

  /// Compares the folded network with the unfolded one on a few images; none for a packed file, which
  /// has nothing to fold.
  package func selfCheck() throws -> String? {
    guard case .checkpoint(let model) = model else { return nil }
    return try evaluator.selfCheck(of: model)
  }

  /// Scores the model; throws where images cannot be read and where logits are not finite.
  /// - Parameter audit: stands in the result.
  package func evaluate(
    audit: ImageAudit? = nil, progress: (Int, Int) -> Void = { _, _ in }
  ) throws -> EvaluationResult {
    let (predictions, skipped, seconds) = try evaluator(model.classifier, progress: progress)
    return EvaluationResult(
      predictions: predictions, skipped: skipped, seconds: seconds,
      transform: evaluator.transform, audit: audit)
  }
}
