package import Execution
package import Graphs
package import Tensors

/// The form in which biases are added to the integer sums of layers.
package enum BiasForm: String, Codable, Sendable {
  /// A float that is added to the scaled sum.
  case float
  /// An integer in units of the sum, as other runtimes need it: round(bias / (input scale · weight
  /// scale)), added before the sum is scaled.
  case integer
}

/// A network with integer weights, and with integer activations at the sites that have grids.
package struct QuantizedNetwork: Sendable {
  /// The folded network with the values of the codes in `weights`.
  package let network: Graph
  /// The quantized weights in module order.
  package let weights: [QuantizedTensor]
  /// The grids of activations by the name of their node.
  ///
  /// Most are at sites. Networks for other runtimes also have grids at their input and at sums before
  /// a ReLU; see `gridNodes`. Values without a grid stay in floating point.
  package var activationGrids: [Site: UniformAffine]
  /// The form in which biases are added to sums.
  package var biases = BiasForm.float

  /// Replaces the weights of `folded` by `weights`, in module order; biases are kept.
  package init(
    _ folded: Graph, weights: [QuantizedTensor],
    activationGrids: [Site: UniformAffine] = [:]
  ) {
    precondition(
      weights.count == folded.layers.count,
      "\(weights.count) tensors for \(folded.layers.count) layers")
    var next = weights.makeIterator()
    network = folded.mapLayers { layer in
      guard let codes = next.next(), codes.shape == layer.weight.shape else {
        preconditionFailure("the codes of \(layer.name) have another shape")
      }
      var quantized = layer.convolution
      quantized.weight = codes.dequantized()
      return quantized
    }
    self.weights = weights
    self.activationGrids = activationGrids
  }

  /// The bit-widths of the weights, in module order.
  package var bitWidths: [BitWidth] { weights.map(\.bitWidth) }

  /// The grids of activations by the index of their node.
  ///
  /// The name of a site refers to its ReLU. Any other name refers to the only node that has it, such as
  /// the input, or a layer or a sum without a ReLU after it.
  package var gridNodes: [Int: UniformAffine] {
    let sites = Set(network.sites)
    var nodes: [Int: UniformAffine] = [:]
    for (index, node) in network.nodes.enumerated() {
      guard let grid = activationGrids[node.name] else { continue }
      if node.operation == .relu || !sites.contains(node.name) { nodes[index] = grid }
    }
    return nodes
  }

  /// Returns the logits (N, classes) of images (N, 3, H, W).
  package func callAsFunction(_ images: Tensor, context: Context = .serial) -> Tensor {
    network.logits(images, activations: activationMap(context: context), context: context)
  }

  /// Returns the map that quantizes activations at their sites; `nil` if there are no grids.
  package func activationMap(context: Context = .serial) -> ActivationMap? {
    guard !activationGrids.isEmpty else { return nil }
    return { [activationGrids] site, activations in
      activationGrids[site]?.fakeQuantized(activations, context: context) ?? activations
    }
  }

  /// Returns `folded` with every weight rounded to the nearest code of the plan's width.
  package static func quantizing(
    _ folded: Graph, plan: BitPlan, quantizer: WeightQuantizer,
    context: Context = .serial
  ) -> QuantizedNetwork {
    precondition(
      plan.layers.map(\.name) == folded.layers.map(\.name), "the plan is for another network")
    let weights = zip(folded.layers, plan.bitWidths).map { layer, bitWidth in
      quantizer.quantize(layer.weight, bitWidth: bitWidth, context: context)
    }
    return QuantizedNetwork(folded, weights: weights)
  }
}
