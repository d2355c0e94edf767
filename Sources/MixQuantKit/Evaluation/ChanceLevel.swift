import Checkpoints
import Networks
import Datasets
package import Files
import Foundation

/// Throws `badData` if a network is not better than chance.
///
/// A network is not better if Wilson's 95 % interval of its top-1 includes 1/classes. Nearly always
/// this means that labels or pixels are not those of the network's training.
///
/// - Parameters:
///   - assumptions: The assumptions about the network, which are the first suspect.
///   - isQuantized: True for a packed file, whose few bits can be another cause.
package func requireBetterThanChance(
  _ accuracy: Accuracy, classCount: Int, assumptions: [String] = [], isQuantized: Bool = false,
  at place: String
) throws(InputError) {
  let interval = accuracy.interval
  guard classCount > 1, interval.low <= 100 / Double(classCount) else { return }
  let network = isQuantized ? "quantized" : "full-precision"
  throw InputError(
    .uselessNetwork, "the \(network) network is no better than chance", at: place,
    because: String(
      format: "top-1 is %.2f %% on %d images of %d classes, 95 %% interval %.2f to %.2f %%",
      accuracy.top1, accuracy.images, classCount, interval.low, interval.high),
    try: suspicion(assumptions)
      + "check the lines on classes and transform: usually the classes are not in the network's "
      + "order, or the pixels are not scaled, cropped or normalised as in training; very few "
      + "images can also cause this"
      + (isQuantized ? ", and so can too few bits: score the checkpoint too" : ""))
}

/// Returns a warning if the accuracy is far below the one that was stated for the checkpoint.
///
/// It is far below if even the upper end of its 95 % interval is more than 5 points lower. The stated
/// accuracy is one that a training script recorded or that torchvision publishes for the weights.
package func shortfall(_ accuracy: Accuracy, of model: CheckpointModel) -> String? {
  let published = model.publishedWeights.map {
    (percent: $0.top1, key: "torchvision's documentation")
  }
  guard let promise = model.file.recordedTop1 ?? published,
    accuracy.interval.high + 5 < promise.percent
  else { return nil }
  return String(
    format: "warning    top-1 is %.2f %%, far below the %.2f %% of ", accuracy.top1,
    promise.percent) + "\(promise.key): \(suspicion(model.assumptions))"
    + "then check the lines on classes and transform"
}

private func suspicion(_ assumptions: [String]) -> String {
  guard !assumptions.isEmpty else { return "" }
  return
    "first suspect what is assumed about the network (\(assumptions.joined(separator: "; "))); "
}
