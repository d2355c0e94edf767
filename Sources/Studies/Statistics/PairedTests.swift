import Foundation
package import MixQuantKit

/// Tests of two classifiers on the same images, and the correction of many tests.
extension Statistics {
  /// The p value from which on a difference is left to chance.
  static let significance = 0.05

  /// The exact two-sided p of McNemar's test: of `onlyFirst + onlySecond` images that just one of two
  /// classifiers got right, how unlikely so uneven a split is if both are equally good.
  package static func mcNemar(onlyFirst: Int, onlySecond: Int) -> Double {
    let n = onlyFirst + onlySecond
    guard n > 0 else { return 1 }
    let tail = (0...min(onlyFirst, onlySecond)).reduce(0.0) { sum, k in
      sum + exp(logBinomial(n, k) - Double(n) * log(2))
    }
    return min(1, 2 * tail)
  }

  /// The same of two classifiers' answers to the same images: true if an answer was right, one per image.
  package static func mcNemar(_ first: [Bool], _ second: [Bool]) -> Double {
    precondition(first.count == second.count, "\(first.count) answers against \(second.count)")
    let pairs = zip(first, second)
    return mcNemar(
      onlyFirst: pairs.count { $0 && !$1 }, onlySecond: pairs.count { !$0 && $1 })
  }

  private static func logBinomial(_ n: Int, _ k: Int) -> Double {
    lgamma(Double(n + 1)) - lgamma(Double(k + 1)) - lgamma(Double(n - k + 1))
  }

  /// The 95 % interval of the difference of two classifiers' accuracies on the same images, first minus
  /// second, as a fraction of 1: Wald's, with one more image on either side of the disagreement (Bonett
  /// and Price, Journal of Educational and Behavioral Statistics 37, 2012).
  ///
  /// Unlike a bootstrap's, it does not shrink to a point if the two agree on every image.
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

  /// Holm's step-down correction (Scandinavian Journal of Statistics 6, 1979): the p values of one family
  /// of tests, each made so large that a bound on it bounds the chance of any false rejection.
  ///
  /// The k-th smallest of m is multiplied by m − k + 1, and is at least the one before it and at most 1.
  package static func holm(_ pValues: [Double]) -> [Double] {
    var corrected = pValues
    var largest = 0.0
    let ascending = pValues.indices.sorted { (pValues[$0], $0) < (pValues[$1], $1) }
    for (rank, index) in ascending.enumerated() {
      largest = max(largest, min(1, Double(pValues.count - rank) * pValues[index]))
      corrected[index] = largest
    }
    return corrected
  }
}
