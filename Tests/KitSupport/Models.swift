import Checkpoints
package import Datasets
import Files
package import Foundation
package import Graphs
package import MixQuantKit
package import Quantization
import Reconstruction
package import Tensors
package import TestSupport

extension CheckpointSketch {
  /// Basic blocks, projections, a 7×7 convolution with pooling first.
  package static var tinyWithProjections: CheckpointSketch {
    var sketch = CheckpointSketch([1, 1, 1, 1])
    sketch.channels = 4
    sketch.classCount = 10
    return sketch
  }

  /// Bottlenecks in two groups.
  package static var tinyBottlenecks: CheckpointSketch {
    var sketch = CheckpointSketch([1, 1, 1, 1], isBottleneck: true)
    sketch.channels = 4
    sketch.groups = 2
    sketch.classCount = 10
    return sketch
  }

  /// CIFAR's basic blocks with shortcuts that have no weights.
  package static var tinyWithSubsampling: CheckpointSketch { .cifar(8, channels: 4) }

  /// Writes seeded weights into `folder` and opens them.
  package func model(in folder: URL, seed: UInt64 = 1) throws -> CheckpointModel {
    try Self.model(randomStateDict(seed: seed), in: folder)
  }

  /// Writes `tensors` into `folder` as a checkpoint and opens it.
  package static func model(_ tensors: StateDict, in folder: URL) throws -> CheckpointModel {
    let url = folder.appending(path: "tiny.safetensors")
    let entries = tensors.names.compactMap { name in
      tensors[name].map { SafetensorsEntry(name: name, shape: $0.shape, float32: $0.scalars) }
    }
    try SafetensorsFile(entries: entries).write(to: url, overwriting: true)
    return try CheckpointModel(contentsOf: url)
  }
}

extension CheckpointModel {
  /// The checkpoint that the quick start uses, trained on Shapes.
  package static func shapes() throws -> CheckpointModel {
    try CheckpointModel(
      contentsOf: SharedFiles.projectRoot.appending(path: "Models/resnet20-shapes.safetensors"))
  }

  /// A packed file of this model, rounded to nearest; its layers have the widths 2 to 8 in turn.
  package func packedNearest(
    granularity: Granularity = .perChannel, hasActivations: Bool = false
  ) throws -> PackedModel {
    let quantizer = WeightQuantizer(
      granularity: granularity, symmetry: .asymmetric, range: .minMax)
    let plan = plan { BitWidth.all[$0 % BitWidth.all.count] }
    var quantized = QuantizedNetwork.quantizing(network, plan: plan, quantizer: quantizer)
    if hasActivations {
      let grid = UniformAffine(scale: 0.1, zeroPoint: 0, bitWidth: 4)
      for site in network.sites { quantized.activationGrids[site] = grid }
    }
    let recipe = QuantizationRecipe(
      method: .nearest, weights: quantizer, activationBits: hasActivations ? 4 : nil)
    return PackedModel(
      quantized, plan: plan, of: self, transform: .cifar, recipe: recipe, calibration: nil)
  }

  /// A packed file of this model with weights of one width, rounded to nearest, and activations of 8 bits.
  package func packedUniform(
    _ bits: BitWidth, activationBits: BitWidth = 8, symmetry: Symmetry = .asymmetric
  ) throws -> PackedModel {
    let quantizer = WeightQuantizer(granularity: .perChannel, symmetry: symmetry, range: .minMax)
    let plan = BitPlan.uniform(bits, network: network)
    var quantized = QuantizedNetwork.quantizing(network, plan: plan, quantizer: quantizer)
    let grid = UniformAffine(
      scale: 4 / Float(activationBits.levels), zeroPoint: 0, bitWidth: activationBits)
    for site in network.sites { quantized.activationGrids[site] = grid }
    let recipe = QuantizationRecipe(
      method: .nearest, weights: quantizer, activationBits: activationBits)
    return try PackedModel(
      quantized, plan: plan, of: self, transform: .cifar, recipe: recipe, calibration: nil)
  }

  /// A plan of the widths that `bits` gives by layer.
  package func plan(_ bits: (Int) -> BitWidth) -> BitPlan {
    var plan = BitPlan.uniform(8, network: network)
    plan.bitWidths = plan.layers.indices.map(bits)
    return plan
  }
}

extension Graph {
  /// The graph with its last layer changed.
  package func changingLastLayer(_ change: (inout Convolution) -> Void) -> Graph {
    let last = layers.last?.node
    return mapLayers { layer in
      var changed = layer.convolution
      if layer.node == last { change(&changed) }
      return changed
    }
  }
}

/// Pictures of Shapes as an ImageFolder in `folder`.
package func shapes(_ count: Int, seed: UInt64, in folder: URL) throws -> ImageSet {
  let pictures = folder.appending(path: "shapes-\(seed)")
  try Shapes.write(count: count, seed: seed, to: pictures)
  return try ImageSet.open(pictures)
}
