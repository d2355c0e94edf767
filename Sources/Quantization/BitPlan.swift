package import Graphs

/// A bit-width for the weights of every layer of a network, in module order, and for the activations of
/// every site where they are planned too: the plan.
package struct BitPlan: Equatable, Sendable {
  /// The architecture the plan was made for, such as "ResNet-18".
  package let model: String
  /// How the plan came about, for people.
  package var rule: String
  /// In module order.
  package let layers: [WeightLayer]
  /// One a layer.
  package var bitWidths: [BitWidth]
  /// In network order; empty where the plan says nothing of activations.
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

  /// Mean bits a weight, over all layers or over those of one role.
  package func averageBits(_ role: LayerRole? = nil) -> Double {
    averageBits { role == nil || $0.role == role }
  }

  /// Mean bits a weight over the layers that `isCounted` picks; zero if there are none.
  package func averageBits(over isCounted: (WeightLayer) -> Bool) -> Double {
    var (bits, weights) = (0, 0)
    for (layer, bitWidth) in zip(layers, bitWidths) where isCounted(layer) {
      bits += layer.weightCount * bitWidth.bits
      weights += layer.weightCount
    }
    return weights == 0 ? 0 : Double(bits) / Double(weights)
  }

  /// The bytes of the tensors in a packed file: codes, scales, zero points and biases.
  package func payloadBytes(granularity: Granularity) -> Int {
    zip(layers, bitWidths).reduce(0) { sum, entry in
      sum + entry.0.payloadBytes(bitWidth: entry.1, granularity: granularity)
    }
  }
}

extension BitPlan {
  /// `bits` everywhere, except where `rules` fix a width.
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

/// For a packed file, which says everything about its layers; for people there is `json`.
extension BitPlan: Codable {
  private enum CodingKeys: String, CodingKey { case model, rule, layers, activations }

  /// A layer beside its bit-width, so that one cannot be without the other.
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
    // Absent rather than empty, so that plans of weights alone are written as they always were.
    try container.encodeIfPresent(activations.isEmpty ? nil : activations, forKey: .activations)
  }
}
