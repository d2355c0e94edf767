internal import Networks
internal import Quantization
internal import Tensors

/// Rounds a unit's layers with error feedback, one after the other: a closed form, and where learning
/// starts.
///
/// Each layer sees what the layers before it, already rounded, make of the calibration images, and aims at
/// what the full-precision layer gives for full-precision inputs (`ShiftSum`, `CholeskyRounding`).
struct FeedbackRounding {
  /// The most windows of an image that are looked at.
  static let positionLimit = 64
  // Images on their way through a unit at the same time.
  private static let imagesAtOnce = 32

  private let inputs: BlockInputs
  private let workers: Workers

  /// - Parameter inputs: what enters the unit, for all calibration images.
  init(_ inputs: BlockInputs, workers: Workers) {
    self.inputs = inputs
    self.workers = workers
  }

  /// The codes of all layers of `unit`, on the grids of `nearest`.
  func callAsFunction(
    _ unit: some ReconstructionUnit, nearest: [QuantizedTensor]
  ) -> [QuantizedTensor] {
    var rounded = unit
    return unit.layers.indices.map { index in
      let layer = unit.layers[index]
      var sum = ShiftSum(
        weight: layer.weight, geometry: layer.geometry, positionLimit: Self.positionLimit)
      let images = inputs.quantized.rowCount
      for first in stride(from: 0, to: images, by: Self.imagesAtOnce) {
        let rows = first..<min(first + Self.imagesAtOnce, images)
        sum.add(
          rounded.input(ofLayer: index, for: inputs.quantized[rows: rows], workers: workers),
          insteadOf: unit.input(
            ofLayer: index, for: inputs.fullPrecision[rows: rows], workers: workers),
          workers: workers)
      }
      let codes = CholeskyRounding(grams: sum.grams, workers: workers).quantize(
        layer.weight, shift: sum.shift, grids: nearest[index].grids, workers: workers)
      rounded = rounded.replacing(layer: index, weight: codes.dequantized())
      return codes
    }
  }
}

extension ReconstructionUnit {
  fileprivate func replacing(layer index: Int, weight: Tensor) -> Self {
    var weights = layers.map(\.weight)
    weights[index] = weight
    return withWeights(weights)
  }
}
