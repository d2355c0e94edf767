import Foundation
import Graphs
import Quantization
import Reconstruction
import Tensors

/// The distance of a layer's dequantized weights from those of the checkpoint.
package struct WeightDistance: Codable, Sendable {
  package let layer: String
  package let bits: Int
  /// The fraction of weights at the nearest code.
  package let nearest: Double
  /// The fraction of weights that are at most one step away or beyond the end of their grid.
  package let withinStep: Double
  /// The largest distance in steps among weights within the limits of their grid.
  package let largest: Double
  /// Σ (ŵ − w)² / Σ w²; zeros would have 1.
  package let relativeError: Double
  /// True if the biases are the same bits.
  package let hasEqualBias: Bool

  private enum CodingKeys: String, CodingKey {
    case layer, bits, nearest, largest
    case withinStep = "within_step"
    case relativeError = "relative_error"
    case hasEqualBias = "equal_bias"
  }

  /// Compares `codes` with the weights of `original`; both have one shape.
  init(_ codes: QuantizedTensor, bias: [Float]?, from original: Layer) {
    let weights = original.weight.scalars
    let values = codes.dequantized().scalars
    let stretch = weights.count / codes.grids.count
    var (nearestCount, nearCount, largest) = (0, 0, 0.0)
    var (error, energy) = (0.0, 0.0)
    for (index, grid) in codes.grids.enumerated() {
      let range = index * stretch..<(index + 1) * stretch
      let limits = grid.limits
      for (place, best) in zip(range, grid.quantize(weights[range])) {
        let (weight, value) = (weights[place], values[place])
        let difference = Double(value) - Double(weight)
        error += difference * difference
        energy += Double(weight) * Double(weight)
        if best == codes.codes[place] { nearestCount += 1 }
        let isInside = (limits.minimum...limits.maximum).contains(weight)
        let steps = abs(difference) / Double(grid.scale)
        // The rounding of weight and value to single precision may add a few units in the last place.
        if !isInside || steps <= 1 + 1e-4 { nearCount += 1 }
        if isInside { largest = max(largest, steps) }
      }
    }
    layer = original.name
    bits = codes.bitWidth.bits
    nearest = Double(nearestCount) / Double(weights.count)
    withinStep = Double(nearCount) / Double(weights.count)
    self.largest = largest
    relativeError = energy > 0 ? error / energy : error
    hasEqualBias = bias?.map(\.bitPattern) == original.bias?.map(\.bitPattern)
  }
}

extension WeightDistance {
  /// Returns the reason why `recipe` cannot have made the layer from the checkpoint, or nil.
  func mismatch(with recipe: QuantizationRecipe) -> String? {
    guard hasEqualBias else { return "\(layer): the biases differ from the checkpoint's" }
    guard relativeError < 1 else {
      return "\(layer): "
        + String(format: "the weights are another layer's: relative error %.2f", relativeError)
    }
    let reconstruction = recipe.settled.reconstruction
    let learnsFromFloat = reconstruction.start == .nearest
    if recipe.method == .nearest, nearest < 1 {
      return "\(layer): "
        + String(format: "%.4f %% of the weights are at the nearest code, not all", 100 * nearest)
    }
    // Without GPTQ's corrections, learning chooses between the two codes around a weight.
    if learnsFromFloat, withinStep < 1 {
      return "\(layer): " + String(format: "a weight is %.2f steps from the checkpoint's", largest)
    }
    return nil
  }
}
