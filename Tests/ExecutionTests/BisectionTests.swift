import Execution
import Testing

@Suite("Bisection")
struct BisectionTests {
  /// Searches `count` entries and returns the indices that were tried and the index that was found.
  private func search(
    _ count: Int, isGood: (Int) -> Bool
  ) -> (tried: [Int], found: Int?) {
    var bisection = Bisection(count: count)
    var tried: [Int] = []
    while let index = bisection.next {
      tried.append(index)
      bisection.record(index, isGood: isGood(index))
    }
    return (tried, bisection.found)
  }

  @Test("The search finds the first good entry, or none, and tries no entry twice")
  func monotone() {
    for count in 0...40 {
      for first in 0...count {
        let (tried, found) = search(count) { $0 >= first }
        #expect(found == (first < count ? first : nil))
        #expect(Set(tried).count == tried.count)
        #expect(tried.count <= Bisection(count: count).triesLeft)
      }
    }
  }

  @Test(
    "A search of n entries needs at most ⌈log₂(n + 1)⌉ tries",
    arguments: [
      (0, 0), (1, 1), (2, 2), (3, 2), (7, 3), (8, 4), (127, 7),
    ])
  func tries(count: Int, most: Int) {
    #expect(Bisection(count: count).triesLeft == most)
    let counts = (0...count).map { first in search(count) { $0 >= first }.tried.count }
    #expect(counts.max() == most)
  }

  @Test("Each try lowers the number of tries left, until none is left")
  func triesLeft() {
    var bisection = Bisection(count: 100)
    while let index = bisection.next {
      let before = bisection.triesLeft
      bisection.record(index, isGood: index % 3 == 0)
      #expect(bisection.triesLeft < before)
    }
    #expect(bisection.triesLeft == 0)
  }

  @Test("If good and bad entries alternate, the answer is an entry that was tried and is good")
  func nonMonotone() {
    for remainder in 0..<5 {
      let (tried, found) = search(64) { $0 % 5 == remainder }
      if let found {
        #expect(tried.contains(found) && found % 5 == remainder)
        #expect(tried.allSatisfy { $0 % 5 != remainder || $0 >= found })
      } else {
        #expect(tried.allSatisfy { $0 % 5 != remainder })
      }
    }
  }

  @Test("The first good number of a range is found, or the range's end")
  func ranges() {
    for first in 3...9 { #expect((3..<9).firstBisected { $0 >= first } == first) }
    #expect((4..<4).firstBisected { _ in true } == 4)
  }
}
