package import Files
import Foundation

/// Throws where full precision answers no better than chance, which nearly always means that labels or
/// pixels are not what the network was trained on: Wilson's interval reaches down to 1/classes.
package func requireBetterThanChance(
  _ accuracy: Accuracy, classCount: Int, at place: String
) throws(InputError) {
  let interval = accuracy.interval
  guard classCount > 1, interval.low <= 100 / Double(classCount) else { return }
  throw InputError(
    .badData, "full precision answers no better than chance", at: place,
    because: String(
      format: "top-1 is %.2f %% on %d images of %d classes, 95 %% interval %.2f to %.2f %%",
      accuracy.top1, accuracy.images, classCount, interval.low, interval.high),
    try: "usually the classes are in another order than the network's, or the pixels are scaled, "
      + "cropped or normalised otherwise than in training: see the lines on classes and transform; "
      + "very few images can do it too")
}
