internal import Checkpoints
internal import Quantization
package import Datasets
package import Foundation
internal import Networks
package import Tensors

/// A model with the images it is to be scored on, and how they were matched.
package struct EvaluationSubject: Sendable {
  package let model: Model
  package let evaluator: Evaluator
  /// What was chosen and why, one statement each, to be printed before any work.
  package let introduction: [String]

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
    introduction = [
      "model      \(url.lastPathComponent): \(model.description)",
      "images     \(images.items.count) of \(total), \(images.layout), \(data.path)",
      "classes    \(mapping.description)",
      "transform  \(choice.transform.description) (\(choice.reason))",
    ]
  }

  /// Compares the folded network with the unfolded one on a batch; none for a packed file, which has
  /// nothing to fold.
  package func selfCheck() throws -> String? {
    guard case .checkpoint(let model) = model else { return nil }
    return try evaluator.selfCheck(of: model)
  }

  package func evaluate(
    progress: (Int, Int) -> Void = { _, _ in }
  ) throws -> EvaluationResult {
    let (predictions, skipped, seconds) = try evaluator(model.classifier, progress: progress)
    return EvaluationResult(
      predictions: predictions, skipped: skipped, seconds: seconds,
      transform: evaluator.transform)
  }
}

extension Evaluator {
  /// The largest relative difference between the logits of the folded and the unfolded network on the
  /// first eight images, as a line; throws where it is no rounding error.
  package func selfCheck(of model: CheckpointModel) throws -> String {
    var line = ""
    let few = BatchReader(
      images: images.limited(to: min(8, images.items.count)), transform: transform, batchSize: 8,
      workers: workers, skipBadImages: skipBadImages)
    try few.forEach { batch in
      let difference = model.network.largestDifference(from: model.unfolded, on: batch.images)
      guard difference.relative < 1e-3 else {
        throw InputError(
          .badData, "folding batch normalisation changes the network", at: model.url.path,
          because: String(format: "logits differ by %.1e of the largest", difference.relative),
          try: "a running variance near zero does this; look at the checkpoint's statistics")
      }
      line = String(
        format: "self-check folded against unfolded: logits differ by at most %.1e of the largest",
        difference.relative)
    }
    return line
  }
}

extension Model {
  /// What it is, in a few words.
  package var description: String {
    switch self {
    case .checkpoint(let model):
      "\(model.report.architecture), \(model.network.classCount) classes, full precision "
        + "(\(model.file.format))"
    case .packed(let model):
      "\(model.network.network.architecture), \(model.network.network.classCount) classes, packed, "
        + String(format: "%.2f bits a weight", model.plan.averageBits())
    }
  }
}
