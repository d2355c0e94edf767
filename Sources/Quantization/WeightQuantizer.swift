package import Execution
package import Tensors

/// How the range of a grid is found from the weights it shall hold.
package enum RangeMethod: String, Codable, Sendable, CaseIterable {
  /// From the smallest weight to the largest.
  case minMax = "min-max"
  /// The best of 80 shrunken ranges, see `RangeSearch`.
  case mse
}

/// How weights become integers by rounding to nearest: a recipe, not a state.
package struct WeightQuantizer: Sendable, Codable, Equatable {
  /// What a grid holds for.
  package var granularity: Granularity
  /// Whether grids lie evenly around zero.
  package var symmetry: Symmetry
  /// How a grid's range is found.
  package var range: RangeMethod

  package init(granularity: Granularity, symmetry: Symmetry, range: RangeMethod) {
    self.granularity = granularity
    self.symmetry = symmetry
    self.range = range
  }

  /// What BRECQ (Li et al., 2021) starts from.
  package static let brecq = WeightQuantizer(
    granularity: .perChannel, symmetry: .asymmetric, range: .mse)

  /// What MixQuant (arXiv 2309.17341) measures roundoff with.
  package static let mixQuantPaper = WeightQuantizer(
    granularity: .perTensor, symmetry: .asymmetric, range: .minMax)

  /// The grids for `weight` (OC, ...): one, or one an output channel.
  package func grids(
    for weight: Tensor, bitWidth: BitWidth, workers: Workers = .one
  ) -> [UniformAffine] {
    switch granularity {
    case .perTensor:
      return [grid(for: weight.scalars[...], bitWidth: bitWidth, workers: workers)]
    case .perChannel:
      return workers.map(weight.rowCount) { channel in
        grid(for: weight.scalars[weight.row(channel)], bitWidth: bitWidth, workers: .one)
      }
    }
  }

  private func grid(
    for weights: ArraySlice<Float>, bitWidth: BitWidth, workers: Workers
  ) -> UniformAffine {
    grid(
      for: weights, limits: weights.minimumAndMaximum(), bitWidth: bitWidth, workers: workers)
  }

  /// The grid for `weights`, whose smallest and largest are `limits`.
  func grid(
    for weights: ArraySlice<Float>, limits: (minimum: Float, maximum: Float), bitWidth: BitWidth,
    workers: Workers
  ) -> UniformAffine {
    let search = RangeSearch(
      minimum: limits.minimum, maximum: limits.maximum, bitWidth: bitWidth, symmetry: symmetry)
    switch range {
    case .minMax: return search.widest
    case .mse:
      return search.best(workers: workers) { $0.error(of: weights, power: RangeSearch.power) }
    }
  }

  /// `weight` with every value rounded to the nearest code.
  package func quantize(
    _ weight: Tensor, bitWidth: BitWidth, workers: Workers = .one
  ) -> QuantizedTensor {
    let grids = grids(for: weight, bitWidth: bitWidth, workers: workers)
    let stretch = weight.scalars.count / grids.count
    let codes = workers.map(grids.count) { index in
      grids[index].quantize(weight.scalars[index * stretch..<(index + 1) * stretch])
    }
    return QuantizedTensor(
      shape: weight.shape, codes: Array(codes.joined()), grids: grids, granularity: granularity)
  }
}

extension Tensor {
  /// Where row `index` of the outermost axis lies in `scalars`.
  func row(_ index: Int) -> Range<Int> {
    let stride = scalars.count / rowCount
    return index * stride..<(index + 1) * stride
  }
}
