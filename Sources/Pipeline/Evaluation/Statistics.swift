import Foundation

/// An interval of a proportion, as fractions of 1.
package struct Interval: Codable, Equatable, Sendable {
  package let low: Double
  package let high: Double

  package init(low: Double, high: Double) {
    self.low = low
    self.high = high
  }
}

/// What a count of right answers says, and whether two counts on the same images differ.
package enum Statistics {
  /// Wilson's score interval at 95 % for `successes` of `trials`.
  package static func wilson(successes: Int, of trials: Int) -> Interval {
    guard trials > 0 else { return Interval(low: 0, high: 1) }
    let z = 1.959963984540054
    let n = Double(trials)
    let p = Double(successes) / n
    let centre = p + z * z / (2 * n)
    let spread = z * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
    let scale = 1 + z * z / n
    return Interval(low: max(0, (centre - spread) / scale), high: min(1, (centre + spread) / scale))
  }

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

  private static func logBinomial(_ n: Int, _ k: Int) -> Double {
    lgamma(Double(n + 1)) - lgamma(Double(k + 1)) - lgamma(Double(n - k + 1))
  }
}
