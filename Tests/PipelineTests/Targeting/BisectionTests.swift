import Pipeline
import Testing

@Suite("Bisection")
struct BisectionTests {
  /// The tries of a search in which the entries that `isGood` picks are good.
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

  @Test("The first good entry is found wherever it is, or none, each entry tried at most once")
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
    "As many tries as it takes to tell one of n + 1 answers",
    arguments: [
      (0, 0), (1, 1), (2, 2), (3, 2), (7, 3), (8, 4), (127, 7),
    ])
  func tries(count: Int, most: Int) {
    #expect(Bisection(count: count).triesLeft == most)
    let counts = (0...count).map { first in search(count) { $0 >= first }.tried.count }
    #expect(counts.max() == most)
  }

  @Test("Each try leaves at most what was told before it")
  func triesLeft() {
    var bisection = Bisection(count: 100)
    while let index = bisection.next {
      let before = bisection.triesLeft
      bisection.record(index, isGood: index % 3 == 0)
      #expect(bisection.triesLeft < before)
    }
    #expect(bisection.triesLeft == 0)
  }

  @Test("Where good and bad take turns, the answer is still an entry that was tried and good")
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
}

@Suite("Timed bisection")
struct TimedBisectionTests {
  /// A search whose tries take ten seconds each, after `start` seconds of other work.
  private func search(
    budget: Double?, start: Double = 0, expected: (Int) -> Double = { _ in 10 }
  ) -> (tried: [Int], ending: TimedBisection.Ending) {
    var now = start
    var tried: [Int] = []
    let ending = TimedBisection(count: 15, timeBudget: budget)(
      elapsed: { now }, expectedSeconds: expected
    ) { index, _ in
      tried.append(index)
      now += 10
      return index >= 3
    }
    return (tried, ending)
  }

  @Test("Without a budget it runs to its end")
  func unlimited() {
    #expect(search(budget: nil).ending == .init(found: 3, triesLeft: 0))
  }

  @Test("No try begins that would not end in time, and what was found until then stands")
  func limited() {
    let (tried, ending) = search(budget: 29)
    #expect(tried == [7, 3])
    #expect(ending == .init(found: 3, triesLeft: 2))
    #expect(search(budget: 30).tried.count == 3)
    #expect(search(budget: 100).ending.triesLeft == 0)
  }

  @Test("Work before the first try counts; where none fits, nothing is found")
  func nothingFits() {
    let (tried, ending) = search(budget: 30, start: 21)
    #expect(tried.isEmpty && ending == .init(found: nil, triesLeft: 4))
  }

  @Test("Tries that take no time are made even when the budget is spent", arguments: [0.0, 6])
  func knownTries(start: Double) {
    let (tried, ending) = search(budget: 5, start: start) { $0 == 7 ? 0 : 10 }
    #expect(tried == [7] && ending.found == 7)
  }

  @Test("Every try is told how many may follow it")
  func following() {
    var following: [Int] = []
    _ = TimedBisection(count: 15, timeBudget: nil)(
      elapsed: { 0 }, expectedSeconds: { _ in 0 }
    ) { _, triesToFollow in
      following.append(triesToFollow)
      return true
    }
    #expect(following == [3, 2, 1, 0])
  }
}
