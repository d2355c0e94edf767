package import MixQuantKit

extension Statistics {
  /// The 95 % interval of the difference of two classifiers' accuracies on the same images, first minus
  /// second, as a fraction of 1: Wald's, with one more image on either side of the disagreement (Bonett
  /// and Price, Journal of Educational and Behavioral Statistics 37, 2012).
  ///
  /// Unlike a bootstrap's it does not shrink to a point where the two agree on every image.
  package static func pairedInterval(
    onlyFirst: Int, onlySecond: Int, of images: Int
  ) -> Interval {
    let n = Double(images + 2)
    let (first, second) = (Double(onlyFirst + 1) / n, Double(onlySecond + 1) / n)
    let difference = first - second
    let spread =
      1.959963984540054 * ((first + second - difference * difference) / n).squareRoot()
    return Interval(low: max(-1, difference - spread), high: min(1, difference + spread))
  }
}
