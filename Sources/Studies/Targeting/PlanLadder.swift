package import Allocation
package import Files
import MixQuant
package import MixQuantKit
package import Quantization

extension Planner {
  /// Returns the different plans of `allocator` at `rungs` budgets in equal steps of bytes, from the
  /// narrowest widths of all layers to the widest; the smallest plan comes first.
  ///
  /// The allocator's table must be measured.
  ///
  /// - Throws: `badData` if an error in the table is not a number.
  package func ladder(
    of allocator: Allocator, rungs: Int, seed: UInt64 = 0
  ) throws(InputError) -> [BitPlan] {
    precondition(rungs > 1, "a ladder of \(rungs) rungs")
    let (least, most) = (uniformBytes(candidates.min()), uniformBytes(candidates.max()))
    var plans: [BitPlan] = []
    var seen: Set<[BitWidth]> = []
    for rung in 0..<rungs {
      let bytes = least + (most - least) * rung / (rungs - 1)
      let plan = try self(allocator, budget: .payloadBytes(bytes), seed: seed)
      if seen.insert(plan.bitWidths).inserted { plans.append(plan) }
    }
    // An allocator may leave much of a larger budget unused.
    let sizes = plans.map { $0.payloadBytes(granularity: quantizer.granularity) }
    return plans.indices.sorted { (sizes[$0], $0) < (sizes[$1], $1) }.map { plans[$0] }
  }

  /// Returns the bytes of the plan in which every layer that is not pinned has `bitWidth`.
  private func uniformBytes(_ bitWidth: BitWidth?) -> Int {
    errors.layers.reduce(0) { sum, layer in
      sum
        + layer.payloadBytes(
          bitWidth: pinned[layer.name] ?? bitWidth ?? 8, granularity: quantizer.granularity)
    }
  }
}
