package import MixQuantKit

/// The loss of top-1 of a quantized network against full precision on the same images, in points.
package struct AccuracyDrop: Equatable, Sendable {
  /// Full precision's top-1 minus the quantized network's.
  package let points: Double
  /// The 95 % interval of `points`, paired by image; see `Statistics.pairedInterval`.
  package let interval: Interval
}

extension AccuracyDrop {
  /// - Parameters:
  ///   - isCorrect: For each image, true if the quantized network's answer is right.
  ///   - reference: The same for full precision.
  package init(_ isCorrect: [Bool], from reference: [Bool]) {
    precondition(
      isCorrect.count == reference.count, "\(isCorrect.count) answers, not \(reference.count)")
    let pairs = zip(reference, isCorrect)
    let (lost, gained) = (pairs.count { $0 && !$1 }, pairs.count { !$0 && $1 })
    let interval = Statistics.pairedInterval(
      onlyFirst: lost, onlySecond: gained, of: reference.count)
    points = reference.isEmpty ? 0 : 100 * Double(lost - gained) / Double(reference.count)
    self.interval = Interval(low: 100 * interval.low, high: 100 * interval.high)
  }
}

extension DropLimit {
  /// Returns true if `drop` is within the limit.
  package func holds(_ drop: AccuracyDrop) -> Bool {
    (isConfident ? drop.interval.high : drop.points) <= points
  }
}
