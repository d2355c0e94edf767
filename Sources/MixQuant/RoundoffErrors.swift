package import Execution
package import Networks
package import Quantization
package import Tensors

/// How far the rounded weights ŵ of a layer are from the weights w.
package enum ErrorMetric: String, Codable, CaseIterable, Sendable {
  /// Mean of |w − ŵ| / |w| over w ≠ 0: what the published bit lists agree with.
  case relative
  /// √ of the mean of (w − ŵ)².
  case rmse
  /// Mean of (w − ŵ)²: what the paper's text says.
  case mse
}

extension ErrorTable {
  /// The roundoff errors of every layer's weights, folded or not as `network` is, rounded by `quantizer`.
  package static func roundoff(
    of network: ResNet, metric: ErrorMetric = .relative,
    quantizer: WeightQuantizer = .mixQuantPaper, workers: Workers = .one
  ) -> ErrorTable {
    let values = network.layers.map { layer in
      metric.errors(
        of: layer.weight,
        on: quantizer.gridsOfAllWidths(for: layer.weight, workers: workers), workers: workers)
    }
    return ErrorTable(
      model: network.architecture, quantity: .roundoff(metric), layers: network.weightLayers,
      values: values)
  }
}

extension ErrorMetric {
  /// The errors of `weight` rounded to each of several sets of grids, all of them read in one pass; a set
  /// has one grid, or one an output channel.
  package func errors(
    of weight: Tensor, on sets: [[UniformAffine]], workers: Workers = .one
  ) -> [Double] {
    let gridCount = sets[0].count
    let stretch = weight.scalars.count / gridCount
    let chunks = weight.scalars.indices.chunks(of: stretch).enumerated().flatMap { grid, scalars in
      scalars.chunks(of: 1 << 17).map { (grid, $0) }
    }
    let parts = workers.map(chunks) { grid, chunk in
      weight.scalars[chunk]
        .roundoff(on: sets.map { $0[grid].parameters }, isRelative: self == .relative)
    }
    let count = parts.reduce(0) { $0 + $1.counted }
    return sets.indices.map { set in
      let sum = parts.reduce(0) { $0 + $1.sums[set] }
      let mean = count == 0 ? 0 : sum / Double(count)
      return self == .rmse ? mean.squareRoot() : mean
    }
  }
}
