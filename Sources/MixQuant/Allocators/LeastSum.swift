internal import Foundation
package import Quantization
package import Tensors

extension AllocationTask {
  /// The plan with the least sum of errors within the budget, found exactly: a multiple-choice knapsack.
  ///
  /// With errors that add up, as divergences of layers rounded one at a time roughly do, this is the
  /// best plan there is. Throws `badData` where an error is not a finite number.
  package func leastSum(of errors: ErrorTable) throws(InputError) -> BitWidthAssignment {
    var classes: [[KnapsackOption]] = []
    for (index, widths) in choices.enumerated() {
      let isFree = widths.count > 1
      for bitWidth in widths where isFree && !errors[index, bitWidth].isFinite {
        throw InputError(
          .badData, "cannot plan bit-widths", at: "layer \(layers[index].name)",
          because: "its error at \(bitWidth) bits is \(errors[index, bitWidth])",
          try: "check the images and the network with mixq evaluate")
      }
      classes.append(
        widths.map {
          KnapsackOption(cost: cost(index, $0), loss: isFree ? errors[index, $0] : 0)
        })
    }
    let chosen = Knapsack(classes).leastLoss(within: capacity)
    let bitWidths = chosen.enumerated().map { choices[$0][$1] }
    let sum = freeIndices.reduce(0) { $0 + errors[$1, bitWidths[$1]] }
    return plan(
      bitWidths,
      rule: String(
        format: "mixquant-weighted, %@ %.4g, the least within %@", errors.quantity.name, sum,
        budget.description(of: budget.limit)))
  }
}
