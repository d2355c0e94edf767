package import Files
package import Graphs
package import Quantization

extension AllocationTask {
  /// The plain plan between two uniform ones: the widest uniform plan that fits, its rows raised to the
  /// next candidate in their order, or against it, while the budget holds.
  ///
  /// A row that does not fit is passed over. Where no row fits, this is the uniform plan.
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
  /// The two-width plan of `network` at `averageBits`, over the layers whose width `rules` leave open; its
  /// bytes are what an experiment's target means.
  ///
  /// Throws `usage` for an average outside 2...8.
  package static func twoWidth(
    averageBits: Double, network: Graph, rules: BitRules = BitRules()
  ) throws(InputError) -> BitPlan {
    try AllocationTask(
      model: network.name, layers: network.weightLayers,
      budget: .averageBits(averageBits), pinned: rules.pinned(in: network)
    ).twoWidth()
  }
}
