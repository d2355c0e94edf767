package import MixQuant
package import Files
internal import Foundation
package import Quantization

extension AllocationTask {
  /// Returns the plan with the smallest sum of errors within the budget.
  ///
  /// It is found exactly, as a multiple-choice knapsack with one class per row. If weights and
  /// activations share bit-operations, a class is a site with the layers that read it. Its options
  /// are all combinations of their widths, so that products stay inside a class. This is the best plan
  /// if errors add up, as divergences of layers that are rounded one at a time roughly do.
  ///
  /// - Throws: `badData` if an error is not a finite number.
  package func leastSum(of errors: ErrorTable) throws(InputError) -> BitPlan {
    try requireFinite(errors)
    let classes = groups.map { options(of: $0, errors) }
    let chosen = Knapsack(classes.map { $0.map(\.option) }).leastLoss(within: capacity)
    var bitWidths = narrowest
    for (group, (options, index)) in zip(groups, zip(classes, chosen)) {
      for (row, bitWidth) in zip(group, options[index].bitWidths) { bitWidths[row] = bitWidth }
    }
    let sum = freeIndices.reduce(0) { $0 + errors[$1, bitWidths[$1]] }
    return plan(
      bitWidths,
      rule: String(
        format: "mixquant-weighted, %@ %.4g, the least within %@", errors.quantity.name, sum,
        budget.description(of: budget.limit)))
  }

  private func requireFinite(_ errors: ErrorTable) throws(InputError) {
    for row in freeIndices {
      for bitWidth in choices[row] where !errors[row, bitWidth].isFinite {
        throw InputError(
          .numericFault, "cannot plan bit-widths", at: name(row),
          because: "its error at \(bitWidth) bits is \(errors[row, bitWidth])",
          try: "check the images and the network with mixq evaluate")
      }
    }
  }

  /// Returns all useful combinations of widths of the rows of `group`, cheapest first.
  ///
  /// A combination is useful if no other one has at most the same cost and the same error.
  private func options(
    of group: [Int], _ errors: ErrorTable
  ) -> [(bitWidths: [BitWidth], option: KnapsackOption)] {
    var task = narrowest
    let all = group.reduce([[BitWidth]]([[]])) { heads, row in
      heads.flatMap { head in choices[row].map { head + [$0] } }
    }.map { bitWidths in
      var loss = 0.0
      for (row, bitWidth) in zip(group, bitWidths) {
        task[row] = bitWidth
        loss += choices[row].count > 1 ? errors[row, bitWidth] : 0
      }
      return (bitWidths, KnapsackOption(cost: cost(of: group, task), loss: loss))
    }.sorted { ($0.1.cost, $0.1.loss) < ($1.1.cost, $1.1.loss) }
    var kept: [(bitWidths: [BitWidth], option: KnapsackOption)] = []
    for (bitWidths, option) in all where kept.last.map({ option.loss < $0.option.loss }) ?? true {
      kept.append((bitWidths, option))
    }
    return kept
  }
}
