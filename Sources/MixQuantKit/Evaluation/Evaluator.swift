package import Datasets
package import Execution
import Files
import Foundation
import Tensors

/// An evaluation of classifiers on labelled images.
package struct Evaluator: Sendable {
  package let images: ImageSet
  package let transform: Transform
  /// The network's class for each class `i` of the image set, at index `i`.
  package let classes: [Int]
  package let context: Context
  package let skipBadImages: Bool

  /// The number of images of a batch.
  ///
  /// It is small enough that the allocator reuses the memory of a batch.
  package static let batchSize = 32

  package init(
    images: ImageSet, transform: Transform, classes: [Int], context: Context,
    skipBadImages: Bool = false
  ) {
    self.images = images
    self.transform = transform
    self.classes = classes
    self.context = context
    self.skipBadImages = skipBadImages
  }

  /// Returns the predictions of `classifier`, the skipped images and the time in seconds.
  ///
  /// - Throws: An error if an image cannot be read, and `badData` if a logit is not finite.
  package func callAsFunction(
    _ classifier: Classifier, progress: (_ done: Int, _ of: Int) -> Void = { _, _ in }
  ) throws -> (predictions: Predictions, skipped: [SkippedImage], seconds: Double) {
    let reader = BatchReader(
      images: images, transform: transform, batchSize: Self.batchSize, context: context,
      skipBadImages: skipBadImages)
    var names: [String] = []
    var labels: [Int] = []
    var logits: [Tensor] = []
    var inference: Inference?
    let clock = ContinuousClock()
    let start = clock.now
    let skipped = try reader.forEach { batch in
      let ready =
        inference ?? classifier.inference(inputShape: batch.imageShape, context: context)
      inference = ready
      logits.append(try finiteLogits(ready, batch))
      names += batch.items.map(\.name)
      labels += batch.labels.map { $0.map { classes[$0] } ?? -1 }
      progress(names.count, images.items.count)
    }
    let predictions = Predictions(names: names, labels: labels, logits: Tensor(joining: logits))
    return (predictions, skipped, (clock.now - start).seconds)
  }

  /// Returns the logits of a batch; throws `badData` if one of them is not finite.
  ///
  /// NaN would count as an arbitrary class and spoil every mean.
  private func finiteLogits(_ inference: Inference, _ batch: Batch) throws -> Tensor {
    let logits = inference.logits(of: batch.images, context: context)
    guard let index = logits.scalars.firstIndex(where: { !$0.isFinite }) else { return logits }
    let (row, class_) = index.quotientAndRemainder(dividingBy: logits.shape[1])
    throw InputError(
      .badData, "cannot score the network", at: batch.items[row].name,
      because: "its logit of class \(class_) is \(logits.scalars[index])",
      try: "check the model's scales and statistics, because its weights overflow")
  }

  /// Returns the line of the self-check of `model` on these images.
  package func selfCheck(of model: CheckpointModel) throws -> String {
    try model.selfCheck(
      on: images, transform: transform, context: context, skipBadImages: skipBadImages)
  }
}

extension Batch {
  /// The shape of one image, (C, H, W).
  fileprivate var imageShape: Shape { Shape(Array(images.shape.dimensions.dropFirst())) }
}
