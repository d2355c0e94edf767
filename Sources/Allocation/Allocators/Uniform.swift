package import Quantization

extension AllocationTask {
  /// The same width for every row that is not pinned, or its next narrower candidate: the widest that fits.
  package var uniform: BitPlan { plan(widestUniform, rule: "uniform") }

  /// The widths of `uniform`.
  var widestUniform: [BitWidth] {
    let plans = BitWidth.all.map { width in
      choices.map { widths in widths.last { $0 <= width } ?? widths[0] }
    }
    return plans.last(where: holds) ?? narrowest
  }
}
