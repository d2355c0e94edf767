internal import Execution
package import Quantization

extension AllocationTask {
  /// From the narrowest widths, rows drawn evenly are raised by one candidate until no raise fits.
  package func randomFill(seed: UInt64) -> BitWidthAssignment {
    var generator = SplitMix64(seed: seed)
    var bitWidths = narrowest
    // A raise that does not fit will not fit later either, for plans only grow.
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
