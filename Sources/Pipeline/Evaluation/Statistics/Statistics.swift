/// What counts and means on a sample of images say; one file a method.
package enum Statistics {}

/// The range in which a number lies with 95 % confidence.
package struct Interval: Codable, Equatable, Sendable {
  package let low: Double
  package let high: Double

  package init(low: Double, high: Double) {
    self.low = low
    self.high = high
  }
}
