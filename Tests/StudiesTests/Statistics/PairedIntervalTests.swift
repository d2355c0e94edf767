import Execution
import Foundation
import MixQuantKit
import Studies
import Testing

@Suite("Paired interval")
struct PairedIntervalTests {
  @Test("The formula of Bonett and Price, worked by hand: 10 and 2 of 98 images")
  func formula() {
    // p₁ = 11/100, p₂ = 3/100: 0.08 ± 1.96 √((0.14 − 0.0064) / 100)
    let interval = Statistics.pairedInterval(onlyFirst: 10, onlySecond: 2, of: 98)
    let spread = 1.959963984540054 * (0.1336 / 100).squareRoot()
    #expect(abs(interval.low - (0.08 - spread)) < 1e-12)
    #expect(abs(interval.high - (0.08 + spread)) < 1e-12)
  }

  @Test("It turns around with its arguments, and stays between -1 and 1")
  func symmetry() {
    let one = Statistics.pairedInterval(onlyFirst: 7, onlySecond: 1, of: 50)
    let other = Statistics.pairedInterval(onlyFirst: 1, onlySecond: 7, of: 50)
    #expect(abs(one.low + other.high) < 1e-12 && abs(one.high + other.low) < 1e-12)
    let whole = Statistics.pairedInterval(onlyFirst: 2, onlySecond: 0, of: 2)
    #expect(whole.high <= 1 && whole.low >= -1)
  }

  @Test("About 95 of 100 intervals hold the true difference", arguments: [60, 500])
  func coverage(images: Int) {
    var generator = SplitMix64(seed: 3)
    var held = 0
    for _ in 0..<2000 {
      var (first, second) = (0, 0)
      for _ in 0..<images {
        let draw = Double(generator.uniform())
        if draw < 0.08 { first += 1 } else if draw < 0.11 { second += 1 }
      }
      let interval = Statistics.pairedInterval(onlyFirst: first, onlySecond: second, of: images)
      if interval.low <= 0.05, interval.high >= 0.05 { held += 1 }
    }
    #expect(held > 1860 && held < 1960)
  }
}
