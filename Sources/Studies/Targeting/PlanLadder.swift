package import Allocation
package import Files
import MixQuant
package import MixQuantKit
package import Quantization

extension Planner {
  /// The different plans of `allocator` at `rungs` budgets in equal steps of bytes, from all layers at
  /// their narrowest to all at their widest; the smallest first.
  ///
  /// The allocator's table must have been measured. Throws `badData` for errors that are not numbers.
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

  /// The bytes if every layer that is not pinned has `bitWidth`.
  private func uniformBytes(_ bitWidth: BitWidth?) -> Int {
    errors.layers.reduce(0) { sum, layer in
      sum
        + layer.payloadBytes(
          bitWidth: pinned[layer.name] ?? bitWidth ?? 8, granularity: quantizer.granularity)
    }
  }
}
