internal import Foundation
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

/// The roundoff error of every layer at every bit-width: all that the search looks at.
package struct RoundoffErrors: Equatable, Sendable {
  /// What the errors are.
  package let metric: ErrorMetric
  /// The architecture the table was measured on.
  package let model: String
  /// The rows, in module order.
  package let layers: [WeightLayer]
  // layers × (2...8)
  private let values: [[Double]]

  /// The table of `values`: one row a layer, each with the errors at 2, 3, … 8 bits.
  package init(
    model: String, metric: ErrorMetric, layers: [WeightLayer], values: [[Double]]
  ) {
    precondition(
      values.count == layers.count && values.allSatisfy { $0.count == BitWidth.all.count },
      "\(values.count) rows of errors for \(layers.count) layers")
    self.model = model
    self.metric = metric
    self.layers = layers
    self.values = values
  }

  /// Measures every layer's weights, folded or not as `network` is, rounded by `quantizer`.
  package init(
    network: ResNet, metric: ErrorMetric = .relative,
    quantizer: WeightQuantizer = .mixQuantPaper, workers: Workers = .one
  ) {
    let values = network.layers.map { layer in
      BitWidth.all.map { bitWidth in
        let grids = quantizer.grids(for: layer.weight, bitWidth: bitWidth, workers: workers)
        return metric.error(of: layer.weight, on: grids, workers: workers)
      }
    }
    self.init(
      model: network.architecture, metric: metric, layers: network.weightLayers, values: values)
  }

  /// QE(b) of the layer at `index`.
  package subscript(index: Int, bitWidth: BitWidth) -> Double {
    values[index][bitWidth.bits - BitWidth.range.lowerBound]
  }

  /// QE(b) / QE(8) of the layer at `index`.
  ///
  /// Where a layer is exact at 8 bits, 1 if it is exact at `bitWidth` too, and infinite if not.
  package func ratio(_ index: Int, _ bitWidth: BitWidth) -> Double {
    let (error, baseline) = (self[index, bitWidth], self[index, 8])
    guard baseline > 0 else { return error > 0 ? .infinity : 1 }
    return error / baseline
  }
}

extension ErrorMetric {
  /// The error of `weight` rounded to `grids`, one or one an output channel.
  package func error(of weight: Tensor, on grids: [UniformAffine], workers: Workers = .one)
    -> Double
  {
    let stretch = weight.scalars.count / grids.count
    let parts = workers.map(grids.count) { index in
      let values = weight.scalars[index * stretch..<(index + 1) * stretch]
      let grid = grids[index]
      guard self == .relative else {
        return (sum: grid.error(of: values, power: 2), count: values.count)
      }
      let part = values.relativeQuantizationError(
        scale: grid.scale, zeroPoint: grid.zeroPoint, levels: grid.bitWidth.levels)
      return (sum: part.sum, count: part.nonzero)
    }
    let sum = parts.reduce(0) { $0 + $1.sum }
    let count = parts.reduce(0) { $0 + $1.count }
    let mean = count == 0 ? 0 : sum / Double(count)
    return self == .rmse ? mean.squareRoot() : mean
  }
}
