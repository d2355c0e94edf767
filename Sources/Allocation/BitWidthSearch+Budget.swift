import Execution
package import MixQuant
package import Quantization

extension BitWidthSearch {
  /// The largest plan of `assign(_:multiplier:pinned:candidates:)` that `task` holds, then filled up.
  ///
  /// The task is of layers alone: the rule says nothing of activations. Filling raises, one candidate at a time, the layer with the largest QE(b) / QE(8) among those whose
  /// raise still fits; the first of equals.
  package static func assign(_ errors: ErrorTable, task: AllocationTask) -> FilledPlan {
    precondition(task.sites.isEmpty, "MixQuant's rule is for weights")
    let steps = steps(of: errors, task)
    let index = steps.indices.dropLast().firstBisected {
      task.holds(bitWidths(errors, steps[$0], task.choices))
    }
    let found = bitWidths(errors, steps[index], task.choices)
    // Errors that are no numbers keep a layer wide at any multiplier.
    let start = task.holds(found) ? found : task.narrowest
    return fill(start, multiplier: steps[index], errors, task)
  }

  /// The multipliers at which the plan changes, ascending from 1: the ratios of the free layers.
  private static func steps(of errors: ErrorTable, _ task: AllocationTask) -> [Double] {
    let ratios = task.freeIndices.flatMap { index in
      task.choices[index].map { errors.ratio(index, $0) }
    }
    return Set(ratios.filter { $0 > 1 } + [1]).sorted()
  }

  private static func fill(
    _ start: [BitWidth], multiplier: Double, _ errors: ErrorTable, _ task: AllocationTask
  ) -> FilledPlan {
    var bitWidths = start
    var raised: [String] = []
    // A raise that does not fit will not fit later either, for plans only grow.
    var open = task.freeIndices
    while let worst = open.max(by: {
      (errors.ratio($0, bitWidths[$0]), $1) < (errors.ratio($1, bitWidths[$1]), $0)
    }) {
      let before = bitWidths[worst]
      bitWidths[worst] = task.wider(worst, than: before) ?? before
      guard bitWidths[worst] > before, task.holds(bitWidths) else {
        bitWidths[worst] = before
        open.removeAll { $0 == worst }
        continue
      }
      raised.append(task.layers[worst].name)
    }
    let name = rule(errors, multiplier)
    let filledRule = name + (raised.isEmpty ? "" : ", then \(raised.count) raised by a bit")
    return FilledPlan(
      multiplier: multiplier, beforeFilling: task.plan(start, rule: name),
      assignment: task.plan(bitWidths, rule: filledRule), raised: raised)
  }
}

/// A plan made to fill a budget, and how it came about.
package struct FilledPlan: Equatable, Sendable {
  /// The smallest multiplier whose plan fits.
  package let multiplier: Double
  /// The plan at that multiplier.
  package let beforeFilling: BitPlan
  /// The plan filled up.
  package let assignment: BitPlan
  /// The layers raised to their next candidate, in order; a layer may appear more than once.
  package let raised: [String]
}
