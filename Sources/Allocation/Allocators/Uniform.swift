package import Quantization

extension AllocationTask {
  /// The widest plan within the budget that gives all rows the same width.
  ///
  /// Pinned rows keep their width, and a row without that candidate takes the next narrower one.
  package var uniform: BitPlan { plan(widestUniform, rule: "uniform") }

  /// The widths of `uniform`.
  var widestUniform: [BitWidth] {
    let plans = BitWidth.all.map { width in
      choices.map { widths in widths.last { $0 <= width } ?? widths[0] }
    }
    return plans.last(where: holds) ?? narrowest
  }
}
