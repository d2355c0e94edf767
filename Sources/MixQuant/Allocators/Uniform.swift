package import Quantization

extension AllocationTask {
  /// The same width for every layer that is not pinned: the widest that fits.
  package var uniform: BitWidthAssignment { plan(widestUniform, rule: "uniform") }

  /// The widths of `uniform`.
  var widestUniform: [BitWidth] {
    let rungs = choices.map(\.count).max() ?? 1
    let plans = (0..<rungs).map { rung in choices.map { $0[min(rung, $0.count - 1)] } }
    return plans.last(where: holds) ?? narrowest
  }
}
