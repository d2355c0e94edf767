import Foundation

/// A scale along one side of a plot: values to coordinates, and where to put ticks.
package struct Axis: Equatable, Sendable {
  /// The values that the axis shows, from its first to its last tick or beyond.
  package let domain: ClosedRange<Double>
  package let isLogarithmic: Bool
  /// The coordinates of the domain's ends; descending for an axis that points up.
  package let start: Double
  package let end: Double
  package let ticks: [Double]

  /// The layout of values.
  package enum Kind: Sendable {
    case linear
    /// Logarithmic where all values are positive and the largest is over 20 times the smallest.
    case fitting
  }

  /// An axis from `start` to `end` that holds all finite `values`, with about `tickCount` ticks at round
  /// numbers.
  package init(
    covering values: [Double], from start: Double, to end: Double, _ kind: Kind = .linear,
    tickCount: Int = 5
  ) {
    let finite = values.filter(\.isFinite)
    let positive = finite.filter { $0 > 0 }
    let isWide = (positive.max() ?? 1) > 20 * (positive.min() ?? 1)
    isLogarithmic = kind == .fitting && isWide && positive.count == finite.count
    self.start = start
    self.end = end
    let (low, high) = (finite.min() ?? 0, finite.max() ?? 1)
    (domain, ticks) =
      isLogarithmic
      ? Self.logarithmic(low, high, tickCount) : Self.linear(low, high, tickCount)
  }

  /// A linear axis from the first of `ticks` to the last.
  package init(ticks: [Double], from start: Double, to end: Double) {
    let (low, high) = (ticks.min() ?? 0, ticks.max() ?? 1)
    domain = low...(high > low ? high : low + 1)
    isLogarithmic = false
    self.ticks = ticks
    self.start = start
    self.end = end
  }

  /// The coordinate of `value`, kept within the ends.
  package func callAsFunction(_ value: Double) -> Double {
    let position = { (value: Double) in
      isLogarithmic ? log10(max(value, .leastNormalMagnitude)) : value
    }
    let (low, high) = (position(domain.lowerBound), position(domain.upperBound))
    let share = (position(value) - low) / (high - low)
    return start + min(1, max(0, share.isNaN ? 0 : share)) * (end - start)
  }

  /// Ticks at multiples of 1, 2 or 5 times a power of ten; the domain ends at ticks.
  private static func linear(
    _ low: Double, _ high: Double, _ count: Int
  ) -> (ClosedRange<Double>, [Double]) {
    let span = high > low ? high - low : max(abs(low) * 0.2, 1e-9)
    let (low, high) = high > low ? (low, high) : (low - span / 2, high + span / 2)
    let step = niceStep(span / Double(max(1, count)))
    let (first, last) = ((low / step).rounded(.down), (high / step).rounded(.up))
    let ticks = (0...Int(last - first)).map { (first + Double($0)) * step }
    return (first * step...last * step, ticks)
  }

  private static func niceStep(_ rough: Double) -> Double {
    let power = pow(10, log10(rough).rounded(.down))
    let digit = rough / power
    return power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10)
  }

  /// Ticks at 1, 2 and 5 times powers of ten, or at fewer if the span is long.
  private static func logarithmic(
    _ low: Double, _ high: Double, _ count: Int
  ) -> (ClosedRange<Double>, [Double]) {
    // A little room, so that no value lies on the frame.
    let (low, high) = (low / 1.15, high * 1.15)
    let decades = Int(log10(low).rounded(.down))...Int(log10(high).rounded(.up))
    let ticks = [[1.0, 2, 5], [1.0, 3], [1.0]].lazy.map { digits in
      decades.flatMap { decade in digits.map { $0 * pow(10, Double(decade)) } }
        .filter { (low...high).contains($0) }
    }.first { $0.count <= count + 1 }
    guard let ticks else { return (low...high, everyOther(of: decades, low...high, count)) }
    return (low...high, ticks)
  }

  /// Powers of ten at equal distances, about `count` of them.
  private static func everyOther(
    of decades: ClosedRange<Int>, _ domain: ClosedRange<Double>, _ count: Int
  ) -> [Double] {
    let stride = (decades.count + count - 1) / max(1, count)
    return decades.filter { $0 % stride == 0 }.map { pow(10, Double($0)) }
      .filter(domain.contains)
  }
}
