package import Execution
package import Tensors

/// The method that finds the range of a grid from the weights.
package enum RangeMethod: String, Codable, Sendable, CaseIterable {
  /// The range from the smallest weight to the largest.
  case minMax = "min-max"
  /// The best of 80 narrowed ranges; see `RangeSearch`.
  case mse
}

/// The settings for rounding weights to the nearest integer codes.
package struct WeightQuantizer: Sendable, Codable, Equatable {
  /// The scope of each grid.
  package var granularity: Granularity
  /// The symmetry of the grids.
  package var symmetry: Symmetry
  /// The method that finds a grid's range.
  package var range: RangeMethod

  package init(granularity: Granularity, symmetry: Symmetry, range: RangeMethod) {
    self.granularity = granularity
    self.symmetry = symmetry
    self.range = range
  }

  /// The settings that BRECQ (Li et al., 2021) starts from, with symmetric grids at 8 bits.
  package static let brecq = WeightQuantizer(
    granularity: .perChannel, symmetry: .byWidth, range: .mse)

  /// The settings with which MixQuant (arXiv 2309.17341) measures roundoff.
  package static let mixQuantPaper = WeightQuantizer(
    granularity: .perTensor, symmetry: .asymmetric, range: .minMax)

  /// Returns the grids for `weight` (OC, ...): one, or one per output channel.
  package func grids(
    for weight: Tensor, bitWidth: BitWidth, context: Context = .serial
  ) -> [UniformAffine] {
    switch granularity {
    case .perTensor:
      return [grid(for: weight.scalars[...], bitWidth: bitWidth, context: context)]
    case .perChannel:
      return context.map(weight.rowCount) { channel in
        grid(for: weight.scalars[weight.row(channel)], bitWidth: bitWidth, context: .serial)
      }
    }
  }

  private func grid(
    for weights: ArraySlice<Float>, bitWidth: BitWidth, context: Context
  ) -> UniformAffine {
    grid(
      for: weights, limits: weights.minimumAndMaximum(), bitWidth: bitWidth, context: context)
  }

  /// Returns the grid for `weights` with the smallest and largest weight in `limits`.
  func grid(
    for weights: ArraySlice<Float>, limits: (minimum: Float, maximum: Float), bitWidth: BitWidth,
    context: Context
  ) -> UniformAffine {
    let search = RangeSearch(
      minimum: limits.minimum, maximum: limits.maximum, bitWidth: bitWidth, symmetry: symmetry)
    switch range {
    case .minMax: return search.widest
    case .mse:
      return search.best(context: context) { $0.error(of: weights, power: RangeSearch.power) }
    }
  }

  /// Returns `weight` with every value rounded to the nearest code.
  package func quantize(
    _ weight: Tensor, bitWidth: BitWidth, context: Context = .serial
  ) -> QuantizedTensor {
    let grids = grids(for: weight, bitWidth: bitWidth, context: context)
    let stretch = weight.scalars.count / grids.count
    let codes = context.map(grids.count) { index in
      grids[index].quantize(weight.scalars[index * stretch..<(index + 1) * stretch])
    }
    return QuantizedTensor(
      shape: weight.shape, codes: Array(codes.joined()), grids: grids, granularity: granularity)
  }
}

extension Tensor {
  /// Returns the position in `scalars` of row `index` of the outermost axis.
  func row(_ index: Int) -> Range<Int> {
    let stride = scalars.count / rowCount
    return index * stride..<(index + 1) * stride
  }
}
