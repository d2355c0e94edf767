import Execution
package import MixQuant
package import Quantization

extension BitWidthSearch {
  /// Returns the largest plan of MixQuant's rule within the budget of `task`, and the same plan filled up.
  ///
  /// The task must not contain sites, because the rule is for weights. Filling raises layers by one
  /// candidate at a time. It raises the layer with the largest QE(b) / QE(8) among those whose
  /// raise still fits, the first one if several are equal.
  package static func assign(_ errors: ErrorTable, task: AllocationTask) -> FilledPlan {
    precondition(task.sites.isEmpty, "MixQuant's rule is for weights")
    let steps = steps(of: errors, task)
    let index = steps.indices.dropLast().firstBisected {
      task.holds(bitWidths(errors, steps[$0], task.choices))
    }
    let found = bitWidths(errors, steps[index], task.choices)
    // Errors that are not numbers keep a layer wide at any multiplier.
    let start = task.holds(found) ? found : task.narrowest
    return fill(start, multiplier: steps[index], errors, task)
  }

  /// Returns the multipliers at which the plan changes: 1 and the larger ratios of the free layers.
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
    // A raise that does not fit now will not fit later, because plans only grow.
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

/// A plan that fills a budget, with its history.
package struct FilledPlan: Equatable, Sendable {
  /// The smallest multiplier whose plan fits.
  package let multiplier: Double
  /// The plan at that multiplier.
  package let beforeFilling: BitPlan
  /// The plan after filling.
  package let assignment: BitPlan
  /// The layers raised to their next candidate, in order; a layer may appear more than once.
  package let raised: [String]
}
