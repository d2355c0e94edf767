import Datasets
import Engine
import Execution
import Files
import Tensors

/// The scoring of single batches of an evaluation by one classifier.
final class BatchScorer {
  private let classifier: Classifier
  private let evaluator: Evaluator
  private let reader: BatchReader
  /// The kernels, which are chosen for the size of the first image.
  private var inference: Inference?
  private let context: Context
  /// The processor time of reading, decoding and transforming the images so far, in seconds.
  private(set) var decodingSeconds = 0.0

  init(_ evaluator: Evaluator, _ classifier: Classifier) {
    self.classifier = classifier
    self.evaluator = evaluator
    // Ranks share the batches, so a batch is the work of one rank.
    context = evaluator.context.alone
    reader = BatchReader(
      images: evaluator.images, transform: evaluator.transform, batchSize: Evaluator.batchSize,
      context: context, skipBadImages: evaluator.skipBadImages,
      form: classifier.form(of: evaluator.transform))
  }

  var batchCount: Int { reader.batchCount }

  /// Calls `body` with each of the batches and its logits (N, classes).
  ///
  /// The logits are nil if no image of the batch could be read.
  ///
  /// - Throws: An error if an image cannot be read, `badData` if a logit is not finite, and the errors of
  ///   `body`.
  func score(_ numbers: [Int], _ body: (Batch, Tensor?) throws -> Void) throws {
    try reader.forEach(of: numbers) { batch in
      decodingSeconds += batch.decodingSeconds
      guard !batch.items.isEmpty else { return try body(batch, nil) }
      let ready =
        inference
        ?? classifier.inference(
          inputShape: batch.input.imageShape,
          scaling: batch.input.scaling,
          engine: evaluator.engine, context: context)
      inference = ready
      try body(batch, try finiteLogits(ready, batch))
    }
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
}

extension NetworkInput {
  /// The scaling of the pixels; nil if the input is floats.
  fileprivate var scaling: PixelScaling? {
    if case .pixels(let pixels) = self { pixels.scaling } else { nil }
  }
}
