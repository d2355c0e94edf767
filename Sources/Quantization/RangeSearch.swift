package import Execution

/// The search for the range with the least error, as BRECQ's reference does it: 80 candidates, both
/// ends of the range shrunk by 0, 1, … 79 %, and the mean of |x − x̂|^2.4 as the error.
///
/// Each candidate is widened to include zero, which the reference does not do (Docs/Quantization.md).
package struct RangeSearch: Sendable {
  /// The least value of what the grid shall hold.
  package let minimum: Float
  /// The greatest.
  package let maximum: Float
  /// The width of every candidate.
  package let bitWidth: BitWidth
  /// Whether candidates lie evenly around zero.
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

  /// The grid of the range shrunk by `index` per cent.
  package func candidate(_ index: Int) -> UniformAffine {
    let shrink = Float(1 - 0.01 * Double(index))
    return .covering(
      minimum: minimum * shrink, maximum: maximum * shrink, bitWidth: bitWidth, symmetry: symmetry)
  }

  /// The same candidate as `best(workers:error:)` gives, found sooner: candidates are tried outwards from
  /// `start`, and `error` need not go on once it is above its second argument.
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

  /// The candidate with the least `error`; the wider of equals.
  package func best(
    workers: Workers = .one, error: @Sendable (UniformAffine) -> Double
  ) -> UniformAffine {
    let errors = workers.map(Self.candidateCount) { error(candidate($0)) }
    var best = 0
    for index in errors.indices where errors[index] < errors[best] { best = index }
    return candidate(best)
  }
}
