package import Datasets
package import Execution
import Files
import Foundation
import Tensors

/// Runs classifiers over labelled images.
package struct Evaluator: Sendable {
  package let images: ImageSet
  package let transform: Transform
  /// Entry `i` is the network's class for the image set's class `i`.
  package let classes: [Int]
  package let workers: Workers
  package let skipBadImages: Bool

  /// Small enough for the memory of a batch to be given out again, not returned to the system.
  package static let batchSize = 32

  package init(
    images: ImageSet, transform: Transform, classes: [Int], workers: Workers,
    skipBadImages: Bool = false
  ) {
    self.images = images
    self.transform = transform
    self.classes = classes
    self.workers = workers
    self.skipBadImages = skipBadImages
  }

  /// What `classifier` answers for every image, with the images that could not be read and the time.
  ///
  /// Throws where images cannot be read, and `badData` for logits that are not finite.
  package func callAsFunction(
    _ classifier: Classifier, progress: (_ done: Int, _ of: Int) -> Void = { _, _ in }
  ) throws -> (predictions: Predictions, skipped: [SkippedImage], seconds: Double) {
    let reader = BatchReader(
      images: images, transform: transform, batchSize: Self.batchSize, workers: workers,
      skipBadImages: skipBadImages)
    var names: [String] = []
    var labels: [Int] = []
    var logits: [Tensor] = []
    var inference: Inference?
    let clock = ContinuousClock()
    let start = clock.now
    let skipped = try reader.forEach { batch in
      let ready =
        inference ?? classifier.inference(inputShape: batch.imageShape, workers: workers)
      inference = ready
      logits.append(try finiteLogits(ready, batch))
      names += batch.items.map(\.name)
      labels += batch.labels.map { $0.map { classes[$0] } ?? -1 }
      progress(names.count, images.items.count)
    }
    let predictions = Predictions(names: names, labels: labels, logits: Tensor(joining: logits))
    return (predictions, skipped, (clock.now - start).seconds)
  }

  /// NaN would count as some class, and no mean could hold it.
  private func finiteLogits(_ inference: Inference, _ batch: Batch) throws -> Tensor {
    let logits = inference.logits(of: batch.images, workers: workers)
    guard let index = logits.scalars.firstIndex(where: { !$0.isFinite }) else { return logits }
    let (row, class_) = index.quotientAndRemainder(dividingBy: logits.shape[1])
    throw InputError(
      .badData, "cannot score the network", at: batch.items[row].name,
      because: "its logit of class \(class_) is \(logits.scalars[index])",
      try: "the weights overflow; look at the model's scales and statistics")
  }

  /// The self-check of `model` on these images.
  package func selfCheck(of model: CheckpointModel) throws -> String {
    try model.selfCheck(
      on: images, transform: transform, workers: workers, skipBadImages: skipBadImages)
  }
}

extension Batch {
  /// Of one image: (C, H, W).
  fileprivate var imageShape: Shape { Shape(Array(images.shape.dimensions.dropFirst())) }
}
