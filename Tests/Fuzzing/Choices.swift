package import Execution

/// Seeded choices.
package struct Choices: Sendable {
  private var generator: SplitMix64

  package init(seed: UInt64) { generator = SplitMix64(seed: seed) }

  package mutating func next() -> UInt64 { generator.next() }

  /// Returns a number from 0 to `count` - 1, or 0 if `count` is not positive.
  package mutating func below(_ count: Int) -> Int {
    count > 0 ? Int(generator.next() % UInt64(count)) : 0
  }

  package mutating func pick<T>(_ values: [T]) -> T { values[below(values.count)] }

  /// Returns a part of 0..<`count`, most often a short one.
  package mutating func range(in count: Int) -> Range<Int> {
    let start = below(count + 1)
    let most = pick([1, 2, 4, 8, 64, count])
    return start..<min(count, start + below(most) + 1)
  }
}
