import Foundation
import Pipeline
import Testing

@Suite("Statistics")
struct StatisticsTests {
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

  @Test("No trials say nothing")
  func noTrials() {
    #expect(Statistics.wilson(successes: 0, of: 0) == Interval(low: 0, high: 1))
  }

  // Twice the binomial tail, counted by hand.
  static let splits: [(first: Int, second: Int, p: Double)] = [
    (0, 0, 1), (0, 1, 1), (0, 5, 2.0 / 32), (1, 5, 14.0 / 64), (2, 8, 112.0 / 1024), (3, 3, 1),
    (0, 10, 2.0 / 1024),
  ]

  @Test("McNemar's exact p is the two-sided binomial tail", arguments: splits)
  func mcNemar(first: Int, second: Int, p: Double) {
    #expect(abs(Statistics.mcNemar(onlyFirst: first, onlySecond: second) - p) < 1e-12)
    #expect(
      Statistics.mcNemar(onlyFirst: first, onlySecond: second)
        == Statistics.mcNemar(onlyFirst: second, onlySecond: first))
  }

  @Test("McNemar's p stays a probability for many images")
  func manyImages() {
    let p = Statistics.mcNemar(onlyFirst: 24_500, onlySecond: 25_500)
    // Normal approximation with continuity: z = 999 / √50000, p = 7.9e-6.
    #expect(p > 7e-6 && p < 9e-6)
    #expect(Statistics.mcNemar(onlyFirst: 0, onlySecond: 5_000) >= 0)
  }
}
