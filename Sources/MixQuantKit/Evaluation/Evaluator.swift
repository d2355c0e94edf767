package import Datasets
package import Engine
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
  /// The kernels; nil for the usual ones of each network.
  package let engine: InferenceEngine?

  /// The number of images of a batch.
  ///
  /// It is small enough that the allocator reuses the memory of a batch.
  package static let batchSize = 32

  package init(
    images: ImageSet, transform: Transform, classes: [Int], context: Context,
    skipBadImages: Bool = false, engine: InferenceEngine? = nil
  ) {
    self.engine = engine
    self.images = images
    self.transform = transform
    self.classes = classes
    self.context = context
    self.skipBadImages = skipBadImages
  }

  /// Scores `classifier`.
  ///
  /// A network with codes reads 8-bit pixels, others their normalised values.
  ///
  /// - Throws: An error if an image cannot be read, and `badData` if a logit is not finite.
  package func callAsFunction(
    _ classifier: Classifier, progress: (_ done: Int, _ of: Int) -> Void = { _, _ in }
  ) throws -> ScoredImages {
    let reader = BatchReader(
      images: images, transform: transform, batchSize: Self.batchSize, context: context,
      skipBadImages: skipBadImages, form: classifier.form(of: transform))
    var names: [String] = []
    var labels: [Int] = []
    var logits: [Tensor] = []
    var inference: Inference?
    var decoding = 0.0
    let clock = ContinuousClock()
    let (start, busy) = (clock.now, processSeconds())
    let skipped = try reader.forEach { batch in
      let ready =
        inference
        ?? classifier.inference(
          inputShape: batch.input.imageShape, scaling: transform.scaling(for: batch.input),
          engine: engine, context: context)
      inference = ready
      logits.append(try finiteLogits(ready, batch))
      names += batch.items.map(\.name)
      labels += batch.labels.map { $0.map { classes[$0] } ?? -1 }
      decoding += batch.decodingSeconds
      progress(names.count, images.items.count)
    }
    return ScoredImages(
      predictions: Predictions(names: names, labels: labels, logits: Tensor(joining: logits)),
      skipped: skipped, seconds: (clock.now - start).seconds, decodingSeconds: decoding,
      processorSeconds: processSeconds() - busy)
  }

  /// Returns the logits of a batch; throws `badData` if one of them is not finite.
  ///
  /// NaN would count as an arbitrary class and spoil every mean.
  private func finiteLogits(_ inference: Inference, _ batch: Batch) throws -> Tensor {
    let logits = inference.logits(of: batch.input, context: context)
    guard let index = logits.scalars.firstIndex(where: { !$0.isFinite }) else { return logits }
    let (row, class_) = index.quotientAndRemainder(dividingBy: logits.shape[1])
    throw InputError(
      .numericFault, "cannot score the network", at: batch.items[row].name,
      because: "its logit of class \(class_) is \(logits.scalars[index])",
      try: "check the model's scales and statistics, because its weights overflow")
  }

  /// Returns the line of the self-check of `model` on these images.
  package func selfCheck(of model: CheckpointModel) throws -> String {
    try model.selfCheck(
      on: images, transform: transform, context: context, skipBadImages: skipBadImages)
  }
}

/// The predictions of a network on images, and the time that they took.
package struct ScoredImages: Sendable {
  package let predictions: Predictions
  package let skipped: [SkippedImage]
  package let seconds: Double
  /// The processor time of reading, decoding and transforming the images, of all threads together.
  package let decodingSeconds: Double
  /// The processor time of everything.
  package let processorSeconds: Double
}

extension Transform {
  /// Returns the scaling of the pixels of `input`; nil if it is floats.
  fileprivate func scaling(for input: NetworkInput) -> PixelScaling? {
    if case .pixels(let pixels) = input { pixels.scaling } else { nil }
  }
}
