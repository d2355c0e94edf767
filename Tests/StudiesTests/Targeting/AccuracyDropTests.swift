import MixQuantKit
import Studies
import Testing

@Suite("Drop of accuracy and its limit")
struct DropLimitTests {
  /// 1,000 images: full precision alone answers `lost` of them, the quantized network alone `gained`.
  private func drop(lost: Int, gained: Int) -> AccuracyDrop {
    let both = 1000 - lost - gained
    func answers(_ first: Bool, _ second: Bool) -> [Bool] {
      [Bool](repeating: true, count: both) + [Bool](repeating: first, count: lost)
        + [Bool](repeating: second, count: gained)
    }
    return AccuracyDrop(answers(false, true), from: answers(true, false))
  }

  @Test("The drop is in points, with the paired interval around it")
  func points() {
    let drop = drop(lost: 30, gained: 10)
    #expect(drop.points == 2)
    #expect(drop.interval.low > 0.5 && drop.interval.low < 1)
    #expect(drop.interval.high > 3 && drop.interval.high < 3.5)
    #expect(self.drop(lost: 10, gained: 30).points == -2)
  }

  @Test("The point estimate decides, and may equal the limit; on request the upper end decides")
  func limit() {
    let drop = drop(lost: 30, gained: 10)
    #expect(DropLimit(points: 2).holds(drop))
    #expect(!DropLimit(points: 1.99).holds(drop))
    #expect(!DropLimit(points: 2, isConfident: true).holds(drop))
    #expect(DropLimit(points: 3.5, isConfident: true).holds(drop))
  }

  @Test("Agreement on few images is no proof of agreement on all")
  func fewImages() {
    let right = [Bool](repeating: true, count: 20)
    let drop = AccuracyDrop(right, from: right)
    #expect(drop.points == 0 && drop.interval.high > 5)
    #expect(!DropLimit(points: 1, isConfident: true).holds(drop))
  }
}
