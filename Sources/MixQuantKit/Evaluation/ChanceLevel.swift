package import Files
import Foundation

/// Throws `badData` if a network is not better than chance.
///
/// This is the case if Wilson's 95 % interval of top-1 includes 1/classes. It nearly always means
/// that labels or pixels are not those of the network's training.
///
/// - Parameter isQuantized: True for a packed file, whose few bits can be another cause.
package func requireBetterThanChance(
  _ accuracy: Accuracy, classCount: Int, isQuantized: Bool = false, at place: String
) throws(InputError) {
  let interval = accuracy.interval
  guard classCount > 1, interval.low <= 100 / Double(classCount) else { return }
  let network = isQuantized ? "quantized" : "full-precision"
  throw InputError(
    .badData, "the \(network) network is no better than chance", at: place,
    because: String(
      format: "top-1 is %.2f %% on %d images of %d classes, 95 %% interval %.2f to %.2f %%",
      accuracy.top1, accuracy.images, classCount, interval.low, interval.high),
    try: "check the lines on classes and transform: usually the classes are not in the network's "
      + "order, or the pixels are not scaled, cropped or normalised as in training; very few "
      + "images can also cause this"
      + (isQuantized ? ", and so can too few bits: score the checkpoint too" : ""))
}
