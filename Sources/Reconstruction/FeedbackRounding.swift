package import Execution
internal import Networks
package import Quantization
internal import Tensors

/// Rounds a unit's layers with error feedback, one after the other: a closed form, and where learning
/// starts.
///
/// Each layer sees what the layers before it, already rounded, make of the calibration images, and aims at
/// what the full-precision layer gives for full-precision inputs (`ShiftSum`, `CholeskyRounding`).
package struct FeedbackRounding {
  /// The most windows of an image that are looked at.
  static let positionLimit = 64

  private let inputs: BlockInputs
  private let imagesAtOnce: Int
  private let workers: Workers

  /// - Parameters:
  ///   - inputs: what enters the unit, for all calibration images.
  ///   - imagesAtOnce: those on their way through the unit at the same time.
  package init(_ inputs: BlockInputs, imagesAtOnce: Int = imagesHeldAtOnce, workers: Workers) {
    self.inputs = inputs
    self.imagesAtOnce = imagesAtOnce
    self.workers = workers
  }

  /// What has been done of a layer: the inputs of some images looked at, or its weights rounded, once.
  package enum Phase: Equatable, Sendable {
    case inputs(images: Int)
    case rounding
  }

  /// The codes of all layers of `unit`, on the grids of `nearest`.
  /// - Parameter progress: is told of every layer's phases at their ends, of inputs as they go by.
  package func callAsFunction(
    _ unit: some ReconstructionUnit, nearest: [QuantizedTensor],
    progress: (Phase) -> Void = { _ in }
  ) -> [QuantizedTensor] {
    var rounded = unit
    return unit.layers.indices.map { index in
      let layer = unit.layers[index]
      var sum = ShiftSum(
        weight: layer.weight, geometry: layer.geometry, positionLimit: Self.positionLimit)
      for rows in (0..<inputs.quantized.rowCount).chunks(of: imagesAtOnce) {
        sum.add(
          rounded.input(ofLayer: index, for: inputs.quantized[rows: rows], workers: workers),
          insteadOf: unit.input(
            ofLayer: index, for: inputs.fullPrecision[rows: rows], workers: workers),
          workers: workers)
        progress(.inputs(images: rows.count))
      }
      let codes = CholeskyRounding(grams: sum.grams(workers: workers), workers: workers).quantize(
        layer.weight, shift: sum.shift, grids: nearest[index].grids, workers: workers)
      rounded = rounded.replacing(layer: index, weight: codes.dequantized())
      progress(.rounding)
      return codes
    }
  }
}

extension FeedbackRounding {
  /// The most that the matrices (d, d) of one layer of `unit` take at a time: the sums in Double, and in Float
  /// the means, those of them in the order of rounding, and both factors.
  package static func matrixBytes(of unit: some ReconstructionUnit) -> Int {
    let sizes = unit.layers.map { $0.weight.scalars.count / $0.outputChannels }
    let perEntry = MemoryLayout<Double>.size + 4 * MemoryLayout<Float>.size
    return sizes.map { $0 * $0 * perEntry }.max() ?? 0
  }
}

extension ReconstructionUnit {
  fileprivate func replacing(layer index: Int, weight: Tensor) -> Self {
    var weights = layers.map(\.weight)
    weights[index] = weight
    return withWeights(weights)
  }
}
