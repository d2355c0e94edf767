package import Files
package import Graphs
package import Quantization

extension AllocationTask {
  /// Returns a plan between two uniform plans.
  ///
  /// It is the widest uniform plan that fits, with rows raised to the next candidate in their order
  /// while the budget holds. A row that does not fit is skipped. If no row fits, it is the uniform
  /// plan.
  ///
  /// - Parameter isReversed: True to raise the rows from the last to the first.
  package func twoWidth(isReversed: Bool = false) -> BitPlan {
    let start = widestUniform
    var bitWidths = start
    for index in isReversed ? freeIndices.reversed() : freeIndices {
      guard let raised = wider(index, than: start[index]) else { continue }
      bitWidths[index] = raised
      if !holds(bitWidths) { bitWidths[index] = start[index] }
    }
    guard bitWidths != start else { return uniform }
    let name = isReversed ? "two-width-reverse" : "two-width"
    return plan(bitWidths, rule: "\(name), at most \(budget.description(of: budget.limit))")
  }
}

extension BitPlan {
  /// Returns the two-width plan of `network` at `averageBits`.
  ///
  /// The average is over the layers whose width `rules` do not fix. An experiment takes this plan's
  /// bytes as the meaning of its target.
  ///
  /// - Throws: `usage` if the average is outside 2...8.
  package static func twoWidth(
    averageBits: Double, network: Graph, rules: BitRules = BitRules()
  ) throws(InputError) -> BitPlan {
    try AllocationTask(
      model: network.name, layers: network.weightLayers,
      budget: .averageBits(averageBits), pinned: rules.pinned(in: network)
    ).twoWidth()
  }
}
