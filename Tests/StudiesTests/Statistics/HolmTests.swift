import MixQuantKit
import Studies
import Testing

@Suite("Holm's correction")
struct HolmTests {
  // R: p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm"), and by hand.
  static let families: [(raw: [Double], corrected: [Double])] = [
    ([0.01, 0.04, 0.03, 0.005], [0.03, 0.06, 0.06, 0.02]),
    ([0.04], [0.04]),
    ([0.5, 0.4, 0.6], [1, 1, 1]),
    ([0.001, 0.001, 0.9], [0.003, 0.003, 0.9]),
    ([], []),
  ]

  @Test("The k-th smallest of m is multiplied by m − k + 1 and never falls", arguments: families)
  func worked(raw: [Double], corrected: [Double]) {
    for (own, expected) in zip(Statistics.holm(raw), corrected) {
      #expect(abs(own - expected) < 1e-15)
    }
    #expect(Statistics.holm(raw).count == raw.count)
  }
}
