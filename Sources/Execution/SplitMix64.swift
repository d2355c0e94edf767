internal import Foundation

/// A small random number generator with a seed (Steele, Lea and Flood, OOPSLA 2014).
///
/// The same seed gives the same numbers on every machine. Code that makes a random choice takes the
/// generator as an argument.
package struct SplitMix64: RandomNumberGenerator, Sendable {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// Returns a uniform number in [0, 1) with 53 random bits.
  package mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Returns a uniform number in `range`.
  package mutating func uniform(_ range: Range<Double>) -> Double {
    range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
  }

  /// Returns a uniform index in 0..<bound, without modulo bias.
  package mutating func index(below bound: Int) -> Int {
    precondition(bound > 0, "no index below \(bound)")
    return Int(next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// Returns a standard normal number by the Box–Muller transform.
  ///
  /// The second value of each pair is not kept.
  package mutating func normal() -> Double {
    let radius = (-2 * log(1 - uniform())).squareRoot()
    return radius * cos(2 * .pi * uniform())
  }

  /// Returns the first `count` entries of a random permutation of 0..<`total` (Fisher–Yates).
  package mutating func sample(_ count: Int, of total: Int) -> [Int] {
    precondition(count <= total, "cannot draw \(count) of \(total)")
    var indices = Array(0..<total)
    for position in 0..<count {
      indices.swapAt(position, position + index(below: total - position))
    }
    return Array(indices.prefix(count))
  }
}
