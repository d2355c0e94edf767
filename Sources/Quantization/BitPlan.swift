package import Graphs

/// A plan: a bit-width for the weights of every layer of a network.
///
/// If activations are planned too, it also has a bit-width for every site.
package struct BitPlan: Equatable, Sendable {
  /// The name of the architecture, such as "ResNet-18".
  package let model: String
  /// A description, for people, of how the plan was made.
  package var rule: String
  /// The layers in module order.
  package let layers: [WeightLayer]
  /// The bit-widths of the weights, one per layer.
  package var bitWidths: [BitWidth]
  /// The bit-widths of activations in network order; empty if they are not planned.
  package var activations: [PlannedActivations]

  package init(
    model: String, rule: String, layers: [WeightLayer], bitWidths: [BitWidth],
    activations: [PlannedActivations] = []
  ) {
    precondition(
      layers.count == bitWidths.count, "\(bitWidths.count) bit-widths for \(layers.count) layers")
    self.model = model
    self.rule = rule
    self.layers = layers
    self.bitWidths = bitWidths
    self.activations = activations
  }

  /// Returns the mean bits per weight over all layers, or over those of one role.
  package func averageBits(_ role: LayerRole? = nil) -> Double {
    averageBits { role == nil || $0.role == role }
  }

  /// Returns the mean bits per weight over the layers that `isCounted` accepts; zero if none are.
  package func averageBits(over isCounted: (WeightLayer) -> Bool) -> Double {
    var (bits, weights) = (0, 0)
    for (layer, bitWidth) in zip(layers, bitWidths) where isCounted(layer) {
      bits += layer.weightCount * bitWidth.bits
      weights += layer.weightCount
    }
    return weights == 0 ? 0 : Double(bits) / Double(weights)
  }

  /// Returns the bytes of the tensors in a packed file: codes, scales, zero points and biases.
  package func payloadBytes(granularity: Granularity) -> Int {
    zip(layers, bitWidths).reduce(0) { sum, entry in
      sum + entry.0.payloadBytes(bitWidth: entry.1, granularity: granularity)
    }
  }
}

extension BitPlan {
  /// Returns the plan of `bits` for every layer whose width `rules` do not fix.
  package static func uniform(
    _ bits: BitWidth, network: Graph, rules: BitRules = BitRules()
  ) -> BitPlan {
    let layers = network.weightLayers
    let pinned = rules.pinned(in: network)
    return BitPlan(
      model: network.name, rule: "uniform", layers: layers,
      bitWidths: layers.map { pinned[$0.name] ?? bits })
  }
}

/// The plan's form in a packed file, with all properties of its layers; `json` is for people.
extension BitPlan: Codable {
  private enum CodingKeys: String, CodingKey { case model, rule, layers, activations }

  /// A layer together with its bit-width, so that a file cannot have one without the other.
  private struct Entry: Codable {
    let layer: WeightLayer
    let bits: BitWidth
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let entries = try container.decode([Entry].self, forKey: .layers)
    self.init(
      model: try container.decode(String.self, forKey: .model),
      rule: try container.decode(String.self, forKey: .rule), layers: entries.map(\.layer),
      bitWidths: entries.map(\.bits),
      activations: try container.decodeIfPresent([PlannedActivations].self, forKey: .activations)
        ?? [])
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(model, forKey: .model)
    try container.encode(rule, forKey: .rule)
    try container.encode(zip(layers, bitWidths).map { Entry(layer: $0, bits: $1) }, forKey: .layers)
    // Omitted if empty, so that plans of weights alone keep their old form.
    try container.encodeIfPresent(activations.isEmpty ? nil : activations, forKey: .activations)
  }
}
