internal import Foundation
package import Quantization
package import Tensors

/// MixQuant's choice of bit-widths (arXiv 2309.17341): each layer gets the smallest width at which its
/// roundoff error is at most a multiple of its own error at 8 bits.
///
/// Layers in `pinned` keep the width given there.
package enum BitWidthSearch {
  /// The plan at `multiplier`, at least 1: in each layer the smallest b with QE(b) ≤ multiplier · QE(8).
  package static func assign(
    _ errors: RoundoffErrors, multiplier: Double, pinned: [String: BitWidth] = [:]
  ) -> BitWidthAssignment {
    let bitWidths = errors.layers.enumerated().map { index, layer in
      pinned[layer.name]
        ?? BitWidth.all.first { errors.ratio(index, $0) <= multiplier }
        ?? 8
    }
    return BitWidthAssignment(
      model: errors.model,
      rule: String(
        format: "MixQuant, %@ error, multiplier %.4g", errors.metric.rawValue, multiplier),
      layers: errors.layers, bitWidths: bitWidths)
  }

  /// The largest plan of `assign(_:multiplier:pinned:)` that `budget` holds, then filled up.
  ///
  /// Filling raises, one bit at a time, the layer with the largest QE(b) / QE(8) among those whose raise
  /// still fits; the first of equals. `granularity` is that of the weights and counts for bytes.
  ///
  /// Throws `usage` where not even the narrowest plan fits.
  package static func assign(
    _ errors: RoundoffErrors, budget: BitBudget, pinned: [String: BitWidth] = [:],
    granularity: Granularity = .perChannel
  ) throws(InputError) -> FilledPlan {
    let budget = try budget.validated()
    let holds = { (plan: BitWidthAssignment) in
      budget.holds(plan, granularity: granularity) { pinned[$0.name] == nil }
    }
    let multipliers = errors.multipliers(pinned: pinned)
    let plan = { assign(errors, multiplier: multipliers[$0], pinned: pinned) }
    let index = firstIndex(in: multipliers.indices) { holds(plan($0)) }
    guard index < multipliers.endIndex else {
      throw tooSmall(budget, narrowest: plan(index - 1), granularity, pinned)
    }
    return fill(plan(index), multiplier: multipliers[index], errors, pinned, holds)
  }

  /// The first index that satisfies `isFar`, which stays true once it is; bisected.
  private static func firstIndex(in range: Range<Int>, _ isFar: (Int) -> Bool) -> Int {
    var (low, high) = (range.lowerBound, range.upperBound)
    while low < high {
      let middle = (low + high) / 2
      if isFar(middle) { high = middle } else { low = middle + 1 }
    }
    return low
  }

  private static func fill(
    _ start: BitWidthAssignment, multiplier: Double, _ errors: RoundoffErrors,
    _ pinned: [String: BitWidth], _ holds: (BitWidthAssignment) -> Bool
  ) -> FilledPlan {
    var plan = start
    var raised: [String] = []
    // A raise that does not fit will not fit later either, for plans only grow.
    var open = plan.layers.indices.filter { pinned[plan.layers[$0].name] == nil }
    while let worst = open.max(by: {
      (errors.ratio($0, plan.bitWidths[$0]), $1) < (errors.ratio($1, plan.bitWidths[$1]), $0)
    }) {
      let before = plan.bitWidths[worst]
      plan.bitWidths[worst] = before.wider ?? before
      guard plan.bitWidths[worst] > before, holds(plan) else {
        plan.bitWidths[worst] = before
        open.removeAll { $0 == worst }
        continue
      }
      raised.append(plan.layers[worst].name)
    }
    plan.rule = start.rule + (raised.isEmpty ? "" : ", then \(raised.count) raised by a bit")
    return FilledPlan(
      multiplier: multiplier, beforeFilling: start, assignment: plan, raised: raised)
  }

  private static func tooSmall(
    _ budget: BitBudget, narrowest: BitWidthAssignment, _ granularity: Granularity,
    _ pinned: [String: BitWidth]
  ) -> InputError {
    let (target, least) =
      switch budget {
      case .averageBits(let bits):
        ("\(bits) bits", "\(narrowest.averageBits { pinned[$0.name] == nil }) bits")
      case .payloadBytes(let bytes):
        ("\(bytes) bytes", "\(narrowest.payloadBytes(granularity: granularity)) bytes")
      }
    return InputError(
      .usage, "cannot plan bit-widths", at: "target of \(target)",
      because: "the narrowest plan needs \(least)", try: "choose a larger target")
  }
}

/// A plan made to fill a budget, and how it came about.
package struct FilledPlan: Equatable, Sendable {
  /// The smallest multiplier whose plan fits.
  package let multiplier: Double
  /// The plan at that multiplier.
  package let beforeFilling: BitWidthAssignment
  /// The plan filled up.
  package let assignment: BitWidthAssignment
  /// The layers raised by a bit, in order; a layer may appear more than once.
  package let raised: [String]
}

extension RoundoffErrors {
  /// The multipliers at which the plan changes, ascending from 1: the ratios of the layers not pinned.
  fileprivate func multipliers(pinned: [String: BitWidth]) -> [Double] {
    let free = layers.indices.filter { pinned[layers[$0].name] == nil }
    let ratios = free.flatMap { index in BitWidth.all.map { ratio(index, $0) } }
    return Set(ratios.filter { $0 > 1 } + [1]).sorted()
  }
}
