/// A binary search for the first good entry of a list in which all entries after a good one are good.
///
/// If the list breaks this rule, the answer is still an entry that was tried and is good.
package struct Bisection: Equatable, Sendable {
  private let count: Int
  // The answer is in low...high; `count` stands for no good entry.
  private var low = 0
  private var high: Int

  package init(count: Int) {
    precondition(count >= 0, "\(count) entries")
    self.count = count
    high = count
  }

  /// The index of the entry to try next, or nil once the answer is known.
  package var next: Int? { low < high ? (low + high) / 2 : nil }

  /// Records whether the entry at `index`, which was `next`, is good.
  package mutating func record(_ index: Int, isGood: Bool) {
    if isGood { high = index } else { low = index + 1 }
  }

  /// The index of the first entry that was found good, which is the answer once `next` is nil.
  package var found: Int? { high < count ? high : nil }

  /// The number of tries that may still be needed.
  package var triesLeft: Int { Int.bitWidth - (high - low).leadingZeroBitCount }
}

extension Range<Int> {
  /// Returns the first element that satisfies `isGood`, or `upperBound` if none does.
  ///
  /// Once an element satisfies `isGood`, all elements after it must, too.
  package func firstBisected(where isGood: (Int) throws -> Bool) rethrows -> Int {
    var search = Bisection(count: count)
    while let index = search.next {
      search.record(index, isGood: try isGood(lowerBound + index))
    }
    return lowerBound + (search.found ?? count)
  }
}
