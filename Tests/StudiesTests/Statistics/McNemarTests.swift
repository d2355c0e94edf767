import MixQuantKit
import Studies
import Testing

@Suite("McNemar's test")
struct McNemarTests {
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

  @Test("Of answers, only those count that just one of the two got right")
  func answers() {
    let first = [true, true, true, true, true, true, false, true, false]
    let second = [false, false, false, false, false, true, false, true, true]
    #expect(abs(Statistics.mcNemar(first, second) - 14.0 / 64) < 1e-12)
  }

  @Test("McNemar's p stays a probability for many images")
  func manyImages() {
    let p = Statistics.mcNemar(onlyFirst: 24_500, onlySecond: 25_500)
    // Normal approximation with continuity: z = 999 / √50000, p = 7.9e-6.
    #expect(p > 7e-6 && p < 9e-6)
    #expect(Statistics.mcNemar(onlyFirst: 0, onlySecond: 5_000) >= 0)
  }
}
