package import Graphs
internal import Tensors

/// What a bit-width plan must know of a layer.
package struct WeightLayer: Codable, Equatable, Sendable {
  /// The module's name, such as `layer1.0.conv1`.
  package let name: String
  /// Whether rules of its own decide its width.
  package let role: LayerRole
  /// The number of weights, biases not counted.
  package let weightCount: Int
  /// The number of grids where granularity is per channel, and of biases.
  package let outputChannels: Int
  /// Whether the layer has a bias once batch normalisation is folded.
  package let hasBias: Bool

  package init(
    name: String, role: LayerRole, weightCount: Int, outputChannels: Int, hasBias: Bool = true
  ) {
    self.name = name
    self.role = role
    self.weightCount = weightCount
    self.outputChannels = outputChannels
    self.hasBias = hasBias
  }

  /// The bytes of the layer in a packed file: codes, scales, zero points, and its bias as Float32.
  package func payloadBytes(bitWidth: BitWidth, granularity: Granularity) -> Int {
    QuantizedTensor.payloadBytes(
      weightCount: weightCount, gridCount: granularity == .perTensor ? 1 : outputChannels,
      bitWidth: bitWidth) + (hasBias ? outputChannels * MemoryLayout<Float>.size : 0)
  }
}

extension Graph {
  /// The layers as a plan sees them, in module order; the same before and after folding.
  package var weightLayers: [WeightLayer] {
    let normalizations = normalizations
    return layers.indices.map { index in
      let layer = layers[index]
      return WeightLayer(
        name: layer.name, role: layerRoles[index], weightCount: layer.weight.scalars.count,
        outputChannels: layer.outputChannels,
        hasBias: layer.bias != nil || normalizations[index] != nil)
    }
  }
}
