import MixQuantKit
import Testing

@Suite("Wilson's interval")
struct WilsonTests {
  // Newcombe, Statistics in Medicine 17 (1998), table I, method 3; the last is a mirror image.
  static let published: [(successes: Int, trials: Int, low: Double, high: Double)] = [
    (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611),
    (1, 29, 0.0061, 0.1718), (28, 29, 0.8282, 0.9939),
  ]

  @Test("Wilson's interval agrees with published values", arguments: published)
  func wilson(successes: Int, trials: Int, low: Double, high: Double) {
    let interval = Statistics.wilson(successes: successes, of: trials)
    #expect(abs(interval.low - low) <= 5e-5 && abs(interval.high - high) <= 5e-5)
  }

  @Test("Without trials the interval is from 0 to 1")
  func noTrials() {
    #expect(Statistics.wilson(successes: 0, of: 0) == Interval(low: 0, high: 1))
  }
}
