package import Execution
package import Tensors

extension WeightQuantizer {
  /// Returns the grids for `weight` (OC, ...) at 2, 3, … 8 bits, as `grids(for:bitWidth:)` does.
  ///
  /// The range of the weights is found only once.
  package func gridsOfAllWidths(
    for weight: Tensor, context: Context = .serial
  ) -> [[UniformAffine]] {
    switch granularity {
    case .perTensor:
      let limits = weight.scalars.minimumAndMaximum(context: context)
      return BitWidth.all.map {
        [grid(for: weight.scalars[...], limits: limits, bitWidth: $0, context: context)]
      }
    case .perChannel:
      let channels = context.map(weight.rowCount) { channel in
        gridsOfAllWidths(for: weight.scalars[weight.row(channel)])
      }
      return BitWidth.all.indices.map { width in channels.map { $0[width] } }
    }
  }

  /// Returns one grid per width; each width's search starts at the range of the previous width.
  private func gridsOfAllWidths(for weights: ArraySlice<Float>) -> [UniformAffine] {
    let (minimum, maximum) = weights.minimumAndMaximum()
    var index = 0
    return BitWidth.all.reversed().map { bitWidth in
      let search = RangeSearch(
        minimum: minimum, maximum: maximum, bitWidth: bitWidth, symmetry: symmetry)
      guard range == .mse else { return search.widest }
      let best = search.best(from: index) {
        $0.error(of: weights, power: RangeSearch.power, limit: $1)
      }
      index = best.index
      return best.grid
    }.reversed()
  }
}

extension [Float] {
  /// Returns the smallest and the largest value, found in parts of equal size.
  fileprivate func minimumAndMaximum(context: Context) -> (minimum: Float, maximum: Float) {
    let limits = context.map(chunks(of: 1 << 17)) { $0.minimumAndMaximum() }
    guard let first = limits.first else { return (0, 0) }
    return limits.reduce(first) {
      (Swift.min($0.minimum, $1.minimum), Swift.max($0.maximum, $1.maximum))
    }
  }
}
