import Foundation
import Graphs
import Quantization
import Tensors

/// The largest integer sum that a layer's codes can produce.
///
/// A sum of activation codes times weights c − z is exact in single precision below 2²⁴, and in the
/// integer form of Winograd's convolution below 2²⁵.
package struct LayerSums: Codable, Sendable {
  package let layer: String
  /// The largest sum of the positive or of the negative products, over all channels.
  package let largest: Int

  /// True if sums in single precision are exact in any order.
  package var isExactInFloat: Bool { largest < 1 << 24 }
  /// True if the sums fit the integer form of Winograd's convolution.
  package var fitsWinograd: Bool { largest < 1 << 25 }

  private enum CodingKeys: String, CodingKey { case layer, largest }
}

extension QuantizedNetwork {
  /// Returns the largest sums of all layers whose inputs are codes, in network order.
  ///
  /// Images count as pixels of 8 bits. Layers that read values in floating point are left out.
  var layerSums: [LayerSums] {
    zip(zip(network.layers, network.layerInputs), weights).compactMap { layer, weights in
      guard let top = largestCode(of: layer.1) else { return nil }
      return LayerSums(layer: layer.0.name, largest: weights.largestHalfSum * top)
    }
  }

  private func largestCode(of input: LayerInput) -> Int? {
    switch input {
    case .image: 255
    case .site(let site): activationGrids[site].map { $0.bitWidth.levels - 1 }
    case .floatingPoint: nil
    }
  }
}

extension QuantizedTensor {
  /// The largest sum of all positive or of all negative c − z of an output channel.
  fileprivate var largestHalfSum: Int {
    let fanIn = codes.count / shape[0]
    return (0..<shape[0]).reduce(0) { largest, channel in
      let zeroPoint = grids[granularity == .perTensor ? 0 : channel].zeroPoint
      var (positive, negative) = (0, 0)
      for code in codes[channel * fanIn..<(channel + 1) * fanIn] {
        let value = Int(code) - zeroPoint
        if value > 0 { positive += value } else { negative -= value }
      }
      return max(largest, positive, negative)
    }
  }
}
