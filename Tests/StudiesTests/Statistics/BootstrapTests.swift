import Execution
import Foundation
import MixQuantKit
import Studies
import Testing

@Suite("Bootstrap")
struct BootstrapTests {
  /// Mean and spread exactly as given: a seeded normal sample, standardised.
  private func sample(_ count: Int, mean: Double, deviation: Double) -> [Double] {
    var generator = SplitMix64(seed: 11)
    let raw = (0..<count).map { _ in generator.normal() }
    let centre = raw.reduce(0, +) / Double(count)
    let spread = (raw.reduce(0) { $0 + ($1 - centre) * ($1 - centre) } / Double(count))
      .squareRoot()
    return raw.map { mean + deviation * ($0 - centre) / spread }
  }

  @Test("Of a normal sample, the interval is the mean ± 1.96 standard errors")
  func interval() {
    let bootstrap = Bootstrap(of: sample(400, mean: 3, deviation: 2))
    let error = 2 / 400.0.squareRoot()
    #expect(abs(bootstrap.mean - 3) < 1e-12)
    // The 2.5 % point of 10,000 resamples is itself known to about 0.027 standard errors.
    #expect(abs(bootstrap.interval.low - (3 - 1.96 * error)) < 0.1 * error)
    #expect(abs(bootstrap.interval.high - (3 + 1.96 * error)) < 0.1 * error)
  }

  // erfc(z / √2), the two-sided tail of the standard normal.
  @Test(
    "Of a normal sample z errors from zero, p is the normal's tail", arguments: [0.5, 1, 2, 2.5])
  func pValue(z: Double) {
    let bootstrap = Bootstrap(of: sample(400, mean: z * 2 / 400.0.squareRoot(), deviation: 2))
    let exact = erfc(z / 2.0.squareRoot())
    let error = (exact * (1 - exact) / 10_000).squareRoot()
    #expect(abs(bootstrap.pValue - exact) < 5 * error)
  }

  @Test("A mean far from zero has the least p that resamples can show")
  func far() {
    let values = sample(100, mean: 5, deviation: 1)
    #expect(Bootstrap(of: values).pValue == 1.0 / 10_001)
    #expect(Bootstrap(of: values, resamples: 99).pValue == 1.0 / 100)
  }

  @Test("Few values are weak evidence, however equal they are", arguments: [1, 2, 7])
  func few(count: Int) {
    let bootstrap = Bootstrap(of: [Double](repeating: 0.5, count: count))
    #expect(bootstrap.pValue == exp2(1 - Double(count)))
  }

  @Test("No difference anywhere is no evidence")
  func zeros() {
    let bootstrap = Bootstrap(of: [Double](repeating: 0, count: 50))
    #expect(bootstrap.pValue == 1)
    #expect(bootstrap.interval == Interval(low: 0, high: 0))
  }

  @Test("Both signs of a sample have the same p, and mirrored intervals")
  func signs() {
    let values = sample(80, mean: 0.2, deviation: 1)
    let (own, mirrored) = (Bootstrap(of: values), Bootstrap(of: values.map { -$0 }))
    #expect(own.pValue == mirrored.pValue)
    #expect(own.interval.low == -mirrored.interval.high)
  }

  @Test("Equal seeds draw equal resamples, others others")
  func seeds() {
    let values = sample(80, mean: 0.2, deviation: 1)
    #expect(Bootstrap(of: values, seed: 3) == Bootstrap(of: values, seed: 3))
    #expect(Bootstrap(of: values, seed: 3).interval != Bootstrap(of: values, seed: 4).interval)
  }
}
