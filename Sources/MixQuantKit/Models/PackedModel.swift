import Version
import Checkpoints
package import Datasets
package import Files
package import Graphs
package import Quantization

/// Where a packed file came from; only what equal work has in common, so that it gives equal bytes.
package struct Provenance: Codable, Equatable, Sendable {
  package let toolVersion: String
  package let recipe: QuantizationRecipe
  /// SHA-256 of the checkpoint.
  package let modelDigest: String
  /// SHA-256 of the calibration images' list; none where no images were needed.
  package let calibrationDigest: String?
  /// The images that the file was chosen on, where it is the choice out of several.
  package fileprivate(set) var selection: Selection?
}

/// A quantized model as a file: safetensors whose codes are packed at their own width.
///
/// For a layer NAME there are `NAME.codes` (bytes, see `BitPacking`), `NAME.scales`, `NAME.zero_points`
/// and `NAME.bias`; the metadata hold JSON values under keys that begin with `mixq.`.
package struct PackedModel: Sendable {
  package let network: QuantizedNetwork
  package let plan: BitPlan
  package let transform: Transform
  /// One a class, where they are known.
  package let labelNames: [String]?
  package let provenance: Provenance

  init(
    network: QuantizedNetwork, plan: BitPlan, transform: Transform,
    labelNames: [String]?, provenance: Provenance
  ) {
    self.network = network
    self.plan = plan
    self.transform = transform
    self.labelNames = labelNames
    self.provenance = provenance
  }

  /// The file for a quantized `model`; throws where the checkpoint cannot be read again for its digest.
  package init(
    _ network: QuantizedNetwork, plan: BitPlan, of model: CheckpointModel,
    transform: Transform, recipe: QuantizationRecipe, calibration: CalibrationSet?
  ) throws(InputError) {
    let provenance = Provenance(
      toolVersion: toolVersion, recipe: recipe,
      modelDigest: try SHA256.hexDigest(ofFile: model.url),
      calibrationDigest: recipe.needsImages(for: plan) ? calibration?.digest : nil,
      selection: nil)
    self.init(
      network: network, plan: plan, transform: transform, labelNames: model.labelNames,
      provenance: provenance)
  }

  /// The same, marked as the choice that `selection` tells.
  package func chosen(by selection: Selection) -> PackedModel {
    var provenance = provenance
    provenance.selection = selection
    return PackedModel(
      network: network, plan: plan, transform: transform, labelNames: labelNames,
      provenance: provenance)
  }

  /// The bytes of all tensors: codes, scales, zero points and biases.
  package var payloadBytes: Int {
    zip(network.network.layers, network.weights).reduce(0) { sum, entry in
      let biasCount = entry.0.bias?.count ?? 0
      return sum + entry.1.payloadBytes + biasCount * MemoryLayout<Float>.size
    }
  }

  /// Mean bits a weight over the layers that its recipe's rules leave free.
  package var averageFreeBits: Double {
    plan.averageFreeBits(rules: provenance.recipe.rules, in: network.network)
  }
}

extension BitPlan {
  /// Mean bits a weight over the layers that `rules` leave free in `network`.
  package func averageFreeBits(rules: BitRules, in network: Graph) -> Double {
    let pinned = rules.pinned(in: network)
    return averageBits { pinned[$0.name] == nil }
  }
}
