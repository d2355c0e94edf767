package import MixQuant
package import Quantization

extension AllocationTask {
  /// AIMET's automatic mixed precision (AMP, arXiv 2302.05397): from the widest widths, rows are lowered
  /// in order of sensitivity until the budget holds.
  ///
  /// The order is that of `errors`, measured with one row rounded at a time: the pair of row and
  /// width that disturbs the output least comes first, wherever the row stands by then. What the last
  /// lowerings freed in excess is given back, latest first, where it fits; AMP stops before that.
  package func greedy(_ errors: ErrorTable) -> BitPlan {
    var bitWidths = widest
    var lowerings: [(index: Int, from: BitWidth)] = []
    for (index, bitWidth) in order(by: errors) where !holds(bitWidths) {
      guard bitWidth < bitWidths[index] else { continue }
      lowerings.append((index, bitWidths[index]))
      bitWidths[index] = bitWidth
    }
    for (index, before) in lowerings.reversed() where before > bitWidths[index] {
      let lowered = bitWidths[index]
      bitWidths[index] = before
      if !holds(bitWidths) { bitWidths[index] = lowered }
    }
    return plan(
      bitWidths,
      rule: "greedy, \(errors.quantity.name), at most \(budget.description(of: budget.limit))")
  }

  /// Every width below the widest of every free row, the least error first; of equals the wider, then
  /// the earlier row.
  private func order(by errors: ErrorTable) -> [(index: Int, bitWidth: BitWidth)] {
    freeIndices.flatMap { index in
      choices[index].dropLast().map { (index: index, bitWidth: $0) }
    }.sorted { one, other in
      let (error, otherError) = (
        errors[one.index, one.bitWidth], errors[other.index, other.bitWidth]
      )
      if error != otherError { return error < otherError }
      return (other.bitWidth, one.index) < (one.bitWidth, other.index)
    }
  }
}
