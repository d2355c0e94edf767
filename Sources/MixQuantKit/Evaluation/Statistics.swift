/// Statistical methods for results on a sample of images, one file per method.
package enum Statistics {}

/// A 95 % confidence interval.
package struct Interval: Codable, Equatable, Sendable {
  package let low: Double
  package let high: Double

  package init(low: Double, high: Double) {
    self.low = low
    self.high = high
  }
}

extension Statistics {
  /// Returns Wilson's 95 % score interval for `successes` of `trials`, as fractions from 0 to 1.
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
}
