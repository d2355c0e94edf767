package import Execution
package import Graphs
package import Quantization
package import Tensors

/// The measure of the distance between rounded weights ŵ and the weights w of a layer.
package enum ErrorMetric: String, Codable, CaseIterable, Sendable {
  /// The mean of |w − ŵ| / |w| over w ≠ 0, which agrees with the published bit lists.
  case relative
  /// The square root of the mean of (w − ŵ)².
  case rmse
  /// The mean of (w − ŵ)², as in the paper's text.
  case mse
}

extension ErrorTable {
  /// Returns the roundoff errors of the weights of every layer, rounded by `quantizer`.
  ///
  /// The weights are folded only if `network` is.
  package static func roundoff(
    of network: Graph, metric: ErrorMetric = .relative,
    quantizer: WeightQuantizer = .mixQuantPaper, context: Context = .serial
  ) -> ErrorTable {
    let values = network.layers.map { layer in
      metric.errors(
        of: layer.weight,
        on: quantizer.gridsOfAllWidths(for: layer.weight, context: context), context: context)
    }
    return ErrorTable(
      model: network.name, quantity: .roundoff(metric), layers: network.weightLayers,
      values: values)
  }
}

extension ErrorMetric {
  /// Returns the errors of `weight` on each of several sets of grids, reading the weights once.
  ///
  /// A set has one grid, or one per output channel.
  package func errors(
    of weight: Tensor, on sets: [[UniformAffine]], context: Context = .serial
  ) -> [Double] {
    let gridCount = sets[0].count
    let stretch = weight.scalars.count / gridCount
    let chunks = weight.scalars.indices.chunks(of: stretch).enumerated().flatMap { grid, scalars in
      scalars.chunks(of: 1 << 17).map { (grid, $0) }
    }
    let parts = context.map(chunks) { grid, chunk in
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
