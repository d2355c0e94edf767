package import Datasets
internal import Foundation
package import Tensors

/// Runs classifiers over labelled images.
package struct Evaluator: Sendable {
  package let images: ImageSet
  package let transform: Transform
  /// Entry `i` is the network's class for the image set's class `i`.
  let classes: [Int]
  let workers: Workers
  let skipBadImages: Bool

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
  package func callAsFunction(
    _ classifier: some Classifier, progress: (_ done: Int, _ of: Int) -> Void = { _, _ in }
  ) throws -> (predictions: Predictions, skipped: [SkippedImage], seconds: Double) {
    let reader = BatchReader(
      images: images, transform: transform, batchSize: 64, workers: workers,
      skipBadImages: skipBadImages)
    var names: [String] = []
    var labels: [Int] = []
    var logits: [Tensor] = []
    let clock = ContinuousClock()
    let start = clock.now
    let skipped = try reader.forEach { batch in
      logits.append(classifier.logitsInParallel(of: batch.images, workers: workers))
      names += batch.items.map(\.name)
      labels += batch.labels.map { $0.map { classes[$0] } ?? -1 }
      progress(names.count, images.items.count)
    }
    let predictions = Predictions(names: names, labels: labels, logits: Tensor(joining: logits))
    return (predictions, skipped, (clock.now - start).seconds)
  }
}

extension Duration {
  /// The duration in seconds.
  package var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}

/// Throws where full precision answers no better than chance, which nearly always means that labels or
/// pixels are not what the network was trained on.
package func requireBetterThanChance(
  _ accuracy: Accuracy, classCount: Int, at place: String
) throws(InputError) {
  let interval = Statistics.wilson(successes: accuracy.correct1, of: accuracy.images)
  guard interval.contains(1 / Double(classCount)) else { return }
  throw InputError(
    .badData, "full precision answers no better than chance", at: place,
    because: String(
      format: "top-1 is %.2f %% on %d images of %d classes, 95 %% interval %.2f to %.2f %%",
      accuracy.top1, accuracy.images, classCount, 100 * interval.low, 100 * interval.high),
    try: "usually the classes are in another order than the network's, or the pixels are scaled, "
      + "cropped or normalised otherwise than in training: see the transform and the class "
      + "mapping printed above; very few images can do it too")
}
