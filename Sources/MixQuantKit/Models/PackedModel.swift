import Checkpoints
package import Datasets
package import Files
package import Graphs
package import Quantization

/// The origin of a packed file.
///
/// It holds no times or paths, so that equal work gives equal bytes.
package struct Provenance: Codable, Equatable, Sendable {
  /// The program, kernels and BLAS that made the file.
  package let build: Build
  package let recipe: QuantizationRecipe
  /// The SHA-256 of the checkpoint.
  package let modelDigest: String
  /// The SHA-256 of the list of calibration images; nil if no images were needed.
  package let calibrationDigest: String?
  /// The options of the user about the checkpoint; nil if there were none.
  package let checkpointOptions: CheckpointFlags?
  /// The images by which the file was chosen among several, if it was.
  package fileprivate(set) var selection: Selection?
}

/// A quantized model as a safetensors file with packed codes.
///
/// A layer NAME has the tensors `NAME.codes` (bytes, see `BitPacking`), `NAME.scales`,
/// `NAME.zero_points` and `NAME.bias`. The metadata hold JSON values under keys that begin with
/// `mixq.`. Docs/Guide/FileFormat.md describes all of it.
package struct PackedModel: Sendable {
  package let network: QuantizedNetwork
  package let plan: BitPlan
  package let transform: Transform
  /// The name of each class, if they are known.
  package let labelNames: [String]?
  /// The description of each class for people, if they are known.
  package let labelDescriptions: [String]?
  /// The modules of the checkpoint, for exports under its names.
  package let checkpoint: CheckpointLayout
  package let provenance: Provenance

  init(
    network: QuantizedNetwork, plan: BitPlan, transform: Transform,
    labelNames: [String]?, labelDescriptions: [String]?, checkpoint: CheckpointLayout,
    provenance: Provenance
  ) {
    self.network = network
    self.plan = plan
    self.transform = transform
    self.labelNames = labelNames
    self.labelDescriptions = labelDescriptions
    self.checkpoint = checkpoint
    self.provenance = provenance
  }

  /// Creates the file of a quantized `model`.
  package init(
    _ network: QuantizedNetwork, plan: BitPlan, of model: CheckpointModel,
    transform: Transform, recipe: QuantizationRecipe, calibration: CalibrationSet?
  ) {
    let provenance = Provenance(
      build: .current, recipe: recipe,
      modelDigest: model.digest,
      calibrationDigest: recipe.needsImages(for: plan) ? calibration?.digest : nil,
      checkpointOptions: CheckpointFlags(model.options),
      selection: nil)
    self.init(
      network: network, plan: plan, transform: transform, labelNames: model.labelNames,
      labelDescriptions: model.labelDescriptions, checkpoint: CheckpointLayout(of: model),
      provenance: provenance)
  }

  /// Returns the model with `selection` in its provenance.
  package func chosen(by selection: Selection) -> PackedModel {
    var provenance = provenance
    provenance.selection = selection
    return PackedModel(
      network: network, plan: plan, transform: transform, labelNames: labelNames,
      labelDescriptions: labelDescriptions, checkpoint: checkpoint, provenance: provenance)
  }

  /// The bytes of all tensors: codes, scales, zero points and biases.
  package var payloadBytes: Int {
    zip(network.network.layers, network.weights).reduce(0) { sum, entry in
      let biasCount = entry.0.bias?.count ?? 0
      return sum + entry.1.payloadBytes + biasCount * MemoryLayout<Float>.size
    }
  }

  /// The mean number of bits per weight over the layers that the recipe's rules do not fix.
  package var averageFreeBits: Double {
    plan.averageFreeBits(rules: provenance.recipe.rules, in: network.network)
  }
}

extension BitPlan {
  /// Returns the mean number of bits per weight over the layers that `rules` do not fix.
  package func averageFreeBits(rules: BitRules, in network: Graph) -> Double {
    let pinned = rules.pinned(in: network)
    return averageBits { pinned[$0.name] == nil }
  }
}
