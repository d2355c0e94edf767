/// The search for the first good entry of a list whose entries are all good from some place on.
///
/// Where that is not so, the answer is still an entry that was tried and found good.
package struct Bisection: Equatable, Sendable {
  private let count: Int
  // The answer is one of these; `count` stands for none.
  private var low = 0
  private var high: Int

  package init(count: Int) {
    precondition(count >= 0, "\(count) entries")
    self.count = count
    high = count
  }

  /// The entry to try next; none once the answer is known.
  package var next: Int? { low < high ? (low + high) / 2 : nil }

  /// Takes in whether the entry at `index`, which was `next`, is good.
  package mutating func record(_ index: Int, isGood: Bool) {
    if isGood { high = index } else { low = index + 1 }
  }

  /// The first entry that was found good; the answer where `next` is none.
  package var found: Int? { high < count ? high : nil }

  /// How often `next` has to be tried at most.
  package var triesLeft: Int { Int.bitWidth - (high - low).leadingZeroBitCount }
}

/// A bisection whose tries take long: none begins that would not end in time.
package struct TimedBisection: Sendable {
  let count: Int
  /// What all may take together, in seconds.
  let timeBudget: Double?

  package init(count: Int, timeBudget: Double?) {
    self.count = count
    self.timeBudget = timeBudget
  }

  /// What came of it.
  package struct Ending: Equatable, Sendable {
    /// The first entry that was found good.
    package let found: Int?
    /// Tries that were left when time ran out, at most; 0 where the search is complete.
    package let triesLeft: Int

    package init(found: Int?, triesLeft: Int) {
      self.found = found
      self.triesLeft = triesLeft
    }
  }

  /// - Parameters:
  ///   - elapsed: seconds since the work began.
  ///   - expectedSeconds: what the try of an entry will take.
  ///   - isGood: tries an entry; gets how many tries may follow it.
  package func callAsFunction(
    elapsed: () -> Double, expectedSeconds: (Int) -> Double,
    isGood: (_ index: Int, _ triesToFollow: Int) throws -> Bool
  ) rethrows -> Ending {
    var bisection = Bisection(count: count)
    while let index = bisection.next {
      // What is known already takes no time, and is taken in even when there is none left.
      let seconds = expectedSeconds(index)
      if let timeBudget, seconds > 0, elapsed() + seconds > timeBudget { break }
      bisection.record(index, isGood: try isGood(index, bisection.triesLeft - 1))
    }
    return Ending(found: bisection.found, triesLeft: bisection.triesLeft)
  }
}
