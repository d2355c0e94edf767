internal import Execution
package import Quantization

extension AllocationTask {
  /// Returns a plan that starts from the narrowest widths and raises random rows until none fits.
  ///
  /// Each raise goes to the next candidate, and rows are drawn with equal probability.
  package func randomFill(seed: UInt64) -> BitPlan {
    var generator = SplitMix64(seed: seed)
    var bitWidths = narrowest
    // A raise that does not fit now will not fit later, because plans only grow.
    var open = freeIndices
    while !open.isEmpty {
      let position = generator.index(below: open.count)
      let index = open[position]
      let before = bitWidths[index]
      bitWidths[index] = wider(index, than: before) ?? before
      guard bitWidths[index] > before, holds(bitWidths) else {
        bitWidths[index] = before
        open.remove(at: position)
        continue
      }
    }
    return plan(
      bitWidths, rule: "random, seed \(seed), at most \(budget.description(of: budget.limit))")
  }
}
