package import MixQuantKit

extension Statistics {
  /// Holm's step-down correction (Scandinavian Journal of Statistics 6, 1979): the p values of one family
  /// of tests, each made so large that a bound on it bounds the chance of any false rejection.
  ///
  /// The k-th smallest of m is multiplied by m − k + 1, and is at least the one before it and at most 1.
  package static func holm(_ pValues: [Double]) -> [Double] {
    var corrected = pValues
    var largest = 0.0
    let ascending = pValues.indices.sorted { (pValues[$0], $0) < (pValues[$1], $1) }
    for (rank, index) in ascending.enumerated() {
      largest = max(largest, min(1, Double(pValues.count - rank) * pValues[index]))
      corrected[index] = largest
    }
    return corrected
  }
}
