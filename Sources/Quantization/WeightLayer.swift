package import Graphs
internal import Tensors

/// The properties of a layer that a bit-width plan needs.
package struct WeightLayer: Codable, Equatable, Sendable {
  /// The name of the module, such as `layer1.0.conv1`.
  package let name: String
  /// The role of the layer, which decides whether rules fix its width.
  package let role: LayerRole
  /// The number of weights, without biases.
  package let weightCount: Int
  /// The number of output channels, and so of per-channel grids and of biases.
  package let outputChannels: Int
  /// True if the layer has a bias after batch normalisation is folded.
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

  /// Returns the bytes of the layer in a packed file.
  ///
  /// They hold codes, scales, zero points and the bias as Float32.
  package func payloadBytes(bitWidth: BitWidth, granularity: Granularity) -> Int {
    QuantizedTensor.payloadBytes(
      weightCount: weightCount, gridCount: granularity == .perTensor ? 1 : outputChannels,
      bitWidth: bitWidth) + (hasBias ? outputChannels * MemoryLayout<Float>.size : 0)
  }
}

extension Graph {
  /// The layers for a plan, in module order; folding does not change them.
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
