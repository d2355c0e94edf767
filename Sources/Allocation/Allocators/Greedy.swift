package import MixQuant
package import Quantization

extension AllocationTask {
  /// Returns the plan of AIMET's automatic mixed precision (AMP, arXiv 2302.05397).
  ///
  /// It starts from the widest widths and lowers rows in order of sensitivity until the plan is
  /// within the budget. `errors` give the order; they are measured with one row rounded at a time. The
  /// pair of row and width with the smallest error comes first, regardless of the row's current width.
  /// Finally, unlike AMP, it undoes lowerings that were not needed, the latest first.
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

  /// Returns every width below the widest of every free row, by ascending error.
  ///
  /// If errors are equal, the wider width comes first, then the earlier row.
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
