package import Execution

/// The search for the range with the smallest error, as in BRECQ's reference.
///
/// There are 80 candidates, with both ends of the range moved inwards by 0, 1, … 79 %. The error is
/// the mean of |x − x̂|^2.4. Each candidate is widened to include zero, which the reference does
/// not do (Docs/Algorithms/Quantization.md).
package struct RangeSearch: Sendable {
  /// The smallest value to represent.
  package let minimum: Float
  /// The largest value to represent.
  package let maximum: Float
  /// The width of every candidate.
  package let bitWidth: BitWidth
  /// The symmetry of every candidate.
  package let symmetry: Symmetry

  /// The number of candidates.
  package static let candidateCount = 80
  /// The exponent of the error.
  package static let power: Float = 2.4

  package init(
    minimum: Float, maximum: Float, bitWidth: BitWidth, symmetry: Symmetry = .asymmetric
  ) {
    self.minimum = minimum
    self.maximum = maximum
    self.bitWidth = bitWidth
    self.symmetry = symmetry
  }

  /// The grid of the whole range.
  package var widest: UniformAffine { candidate(0) }

  /// Returns the grid of the range narrowed by `index` per cent.
  package func candidate(_ index: Int) -> UniformAffine {
    let shrink = Float(1 - 0.01 * Double(index))
    return .covering(
      minimum: minimum * shrink, maximum: maximum * shrink, bitWidth: bitWidth, symmetry: symmetry)
  }

  /// Returns the same candidate as `best(context:error:)`, but finds it sooner.
  ///
  /// It tries candidates outwards from `start`. `error` may stop early once it is above its second
  /// argument.
  package func best(
    from start: Int, error: (UniformAffine, Double) -> Double
  ) -> (index: Int, grid: UniformAffine) {
    var (best, least) = (start, error(candidate(start), .infinity))
    let others = (1..<Self.candidateCount).flatMap { [start - $0, start + $0] }
    for index in others where 0..<Self.candidateCount ~= index {
      let error = error(candidate(index), least)
      if (error, index) < (least, best) { (best, least) = (index, error) }
    }
    return (best, candidate(best))
  }

  /// Returns the candidate with the smallest `error`, the widest one if several are equal.
  package func best(
    context: Context = .serial, error: @Sendable (UniformAffine) -> Double
  ) -> UniformAffine {
    let errors = context.map(Self.candidateCount) { error(candidate($0)) }
    var best = 0
    for index in errors.indices where errors[index] < errors[best] { best = index }
    return candidate(best)
  }
}
