package import Datasets
package import Execution
import Quantization
import Graphs
import Tensors

extension PackedModel {
  /// Returns the network for deployment, calibrated on `images`.
  ///
  /// - Throws: `usage` if activations are not quantized, and an error if an image cannot be read.
  package func deployed(calibratedOn images: ImageSet, context: Context) throws -> DeployNetwork {
    var parts: [Tensor] = []
    let reader = BatchReader(
      images: images, transform: transform, batchSize: Evaluator.batchSize, context: context)
    try reader.forEach { parts.append($0.images) }
    let calibrate = DeployCalibration(network, method: provenance.recipe.activationRange)
    return try calibrate(
      images: Tensor(joining: parts), imageRange: transform.inputRange, context: context)
  }
}

extension Transform {
  /// The smallest and the largest value of a network's input.
  var inputRange: ClosedRange<Float> {
    let lows = zip(mean, std).map { -$0 / $1 }
    let highs = zip(mean, std).map { (1 - $0) / $1 }
    return Float(min(0, lows.min() ?? 0))...Float(max(0, highs.max() ?? 1))
  }
}

extension EvaluationSubject {
  /// Scores `network` on the images of this subject.
  ///
  /// - Throws: An error if an image cannot be read.
  package func evaluate(
    _ network: DeployNetwork, progress: (Int, Int) -> Void = { _, _ in }
  ) throws -> EvaluationResult {
    let reader = BatchReader(
      images: evaluator.images, transform: evaluator.transform, batchSize: Evaluator.batchSize,
      context: evaluator.context, skipBadImages: evaluator.skipBadImages)
    var (names, labels, logits): ([String], [Int], [Tensor]) = ([], [], [])
    var decoding = 0.0
    let watch = EvaluationWatch()
    let skipped = try reader.forEach { batch in
      logits.append(network.logits(batch.images, context: evaluator.context))
      names += batch.items.map(\.name)
      labels += batch.labels.map { $0.map { evaluator.classes[$0] } ?? -1 }
      decoding += batch.decodingSeconds
      progress(names.count, evaluator.images.items.count)
    }
    let scored = ScoredImages(
      predictions: Predictions(names: names, labels: labels, logits: Tensor(joining: logits)),
      skipped: skipped, times: watch.times(decoding: decoding, .serial))
    return EvaluationResult(scored, engine: .float, transform: evaluator.transform)
  }
}
