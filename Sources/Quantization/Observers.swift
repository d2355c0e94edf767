internal import Execution
internal import Foundation
package import Tensors

/// An observer of the range of values.
///
/// Observers can be merged, so that parts of the data may be seen separately.
package struct MinMaxObserver: Equatable, Sendable {
  /// The smallest value; infinite before the first one.
  package private(set) var minimum = Float.infinity
  /// The largest value; negative infinity before the first one.
  package private(set) var maximum = -Float.infinity

  package init() {}

  /// Includes every scalar of `tensor`.
  package mutating func observe(_ tensor: Tensor) {
    guard !tensor.scalars.isEmpty else { return }
    let seen = tensor.scalars[...].minimumAndMaximum()
    minimum = min(minimum, seen.minimum)
    maximum = max(maximum, seen.maximum)
  }

  /// Includes all values that `other` saw.
  package mutating func merge(_ other: MinMaxObserver) {
    minimum = min(minimum, other.minimum)
    maximum = max(maximum, other.maximum)
  }

  /// Returns an observer that saw the values of all ranks.
  func merged(over context: Context) -> MinMaxObserver {
    context.gather([[minimum, maximum]], of: context.ranks.count).reduce(into: self) {
      $0.minimum = min($0.minimum, $1[0])
      $0.maximum = max($0.maximum, $1[1])
    }
  }

  /// The range seen, widened to include zero and limited to the span of a histogram.
  package var range: ClosedRange<Float> {
    let largest = Float.greatestFiniteMagnitude / 2
    return max(min(0, minimum), -largest)...min(max(0, maximum), largest)
  }
}

/// A histogram of values with 2048 equal bins over a given range.
package struct HistogramObserver: Equatable, Sendable {
  /// The range of the bins.
  package let range: ClosedRange<Float>
  /// The number of values in each bin.
  package private(set) var counts: [UInt64]

  /// The number of bins.
  package static let binCount = 2048

  /// Creates an empty histogram over a finite `range`; values outside count in the end bins.
  package init(range: ClosedRange<Float>) {
    self.range = range
    counts = [UInt64](repeating: 0, count: Self.binCount)
  }

  /// Includes every scalar of `tensor`.
  package mutating func observe(_ tensor: Tensor) {
    tensor.scalars[...].addHistogram(
      minimum: range.lowerBound, maximum: range.upperBound, to: &counts)
  }

  /// Includes all values that `other` saw; both must have the same range.
  package mutating func merge(_ other: HistogramObserver) {
    precondition(range == other.range, "histograms of \(range) and \(other.range)")
    for bin in counts.indices { counts[bin] += other.counts[bin] }
  }

  /// Returns a histogram of the values of all ranks.
  func merged(over context: Context) -> HistogramObserver {
    var merged = HistogramObserver(range: range)
    for counts in context.gather([counts], of: context.ranks.count) {
      for bin in counts.indices { merged.counts[bin] += counts[bin] }
    }
    return merged
  }

  /// Returns the grid for the values seen.
  package func grid(bitWidth: BitWidth, method: ActivationRange) -> UniformAffine {
    let limits =
      if case .percentile(let percentage) = method { percentile(percentage) } else { range }
    let search = RangeSearch(
      minimum: limits.lowerBound, maximum: limits.upperBound, bitWidth: bitWidth)
    return method == .mse ? search.best { error(of: $0) } : search.widest
  }

  /// Returns the range between a percentile and its mirror image, on bin edges.
  package func percentile(_ percentage: Double) -> ClosedRange<Float> {
    precondition(percentage > 50 && percentage <= 100, "percentile \(percentage)")
    let outside = Double(counts.reduce(0, +)) * (1 - percentage / 100)
    let below = Self.bins(of: counts, withAtMost: outside)
    let above = Self.bins(of: counts.reversed(), withAtMost: outside)
    guard below + above < Self.binCount else { return range }
    return edge(below)...edge(Self.binCount - above)
  }

  /// Returns the number of bins from the start that together hold at most `limit` values.
  private static func bins(of counts: some Sequence<UInt64>, withAtMost limit: Double) -> Int {
    var (seen, bins): (UInt64, Int) = (0, 0)
    for count in counts {
      seen += count
      guard Double(seen) <= limit else { break }
      bins += 1
    }
    return bins
  }

  private func edge(_ bin: Int) -> Float { Float(place(Double(bin))) }

  private func place(_ bin: Double) -> Double {
    let (low, high) = (Double(range.lowerBound), Double(range.upperBound))
    return low + (high - low) * bin / Double(Self.binCount)
  }

  /// Returns Σ count · |x − x̂|^2.4, with the centre of a bin as x for all its values.
  private func error(of grid: UniformAffine) -> Double {
    let occupied = counts.indices.filter { counts[$0] > 0 }
    let centres = occupied.map { Float(place(Double($0) + 0.5)) }
    let rounded = grid.dequantize(grid.quantize(centres))
    var sum = 0.0
    for (index, bin) in occupied.enumerated() {
      let error = abs(Double(centres[index]) - Double(rounded[index]))
      sum += Double(counts[bin]) * pow(error, Double(RangeSearch.power))
    }
    return sum
  }
}
