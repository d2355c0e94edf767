import Graphs
package import Quantization
import Tensors

/// The bytes of a layer's tensors in a packed file.
package struct LayerBytes: Codable, Equatable, Sendable {
  package let codes: Int
  package let scales: Int
  package let zeroPoints: Int
  package let bias: Int

  package var total: Int { codes + scales + zeroPoints + bias }

  private enum CodingKeys: String, CodingKey {
    case codes, scales, bias
    case zeroPoints = "zero_points"
  }

  package init(_ weights: QuantizedTensor, bias: [Float]?) {
    codes = BitPacking.byteCount(count: weights.shape.count, bitWidth: weights.bitWidth)
    scales = weights.grids.count * MemoryLayout<Float>.size
    zeroPoints = weights.grids.count * MemoryLayout<UInt8>.size
    self.bias = (bias?.count ?? 0) * MemoryLayout<Float>.size
  }

  private init(codes: Int, scales: Int, zeroPoints: Int, bias: Int) {
    self.codes = codes
    self.scales = scales
    self.zeroPoints = zeroPoints
    self.bias = bias
  }

  package static let none = LayerBytes(codes: 0, scales: 0, zeroPoints: 0, bias: 0)

  package static func + (left: LayerBytes, right: LayerBytes) -> LayerBytes {
    LayerBytes(
      codes: left.codes + right.codes, scales: left.scales + right.scales,
      zeroPoints: left.zeroPoints + right.zeroPoints, bias: left.bias + right.bias)
  }
}

extension PackedModel {
  /// The bytes of each layer, in network order.
  package var layerBytes: [LayerBytes] {
    zip(network.network.layers, network.weights).map { LayerBytes($1, bias: $0.bias) }
  }
}
