import Graphs
import Quantization
import Tensors
import TestSupport

@testable import Engine

/// Widths of weights and activations.
struct Widths: Sendable, CustomStringConvertible {
  let weights: BitWidth
  let activations: BitWidth
  var symmetry = Symmetry.asymmetric

  var description: String { "W\(weights)A\(activations), \(symmetry.rawValue)" }

  static let all = [
    Widths(weights: 8, activations: 8), Widths(weights: 8, activations: 8, symmetry: .symmetric),
    Widths(weights: 4, activations: 8), Widths(weights: 4, activations: 4),
    Widths(weights: 2, activations: 2),
  ]
}

extension ProgramCase {
  /// Returns the network with these widths, with activation grids that are calibrated on random pixels.
  func quantized(_ widths: Widths) -> QuantizedNetwork {
    let quantizer = WeightQuantizer(
      granularity: .perChannel, symmetry: widths.symmetry, range: .minMax)
    var quantized = QuantizedNetwork.quantizing(
      network, plan: .uniform(widths.weights, network: network), quantizer: quantizer)
    let pixels = pixels(4)
    quantized.activationGrids = ActivationCalibration(
      bitWidth: widths.activations, method: .percentile(99.5)
    ).grids(for: quantized.network, images: pixels.tensor)
    return quantized
  }

  /// Returns images of random pixels for this network.
  func pixels(_ count: Int, seed: UInt64 = 7) -> PixelImages {
    randomPixels(count, height: inputShape[1], width: inputShape[2], seed: seed)
  }
}

/// Returns images of random pixels.
func randomPixels(_ count: Int, height: Int, width: Int, seed: UInt64 = 7) -> PixelImages {
  .random(
    count, height: height, width: width,
    scaling: PixelScaling(mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225]), seed: seed)
}

extension PixelImages {
  /// The images as floats, (N, 3, H, W).
  var tensor: Tensor { NetworkInput.pixels(self).floats }
}
