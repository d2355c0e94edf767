package import Execution
package import Networks
package import Tensors

/// A network whose weights are integers, and whose activations are too where grids are given.
package struct QuantizedNetwork: Sendable {
  /// The folded network with the values that the codes of `weights` stand for.
  package let network: ResNet
  /// In module order.
  package let weights: [QuantizedTensor]
  /// One a site; activations at sites without a grid stay in floating point.
  package var activationGrids: [ActivationSite: UniformAffine]

  /// `folded` with its weights replaced by `weights`, in module order; biases are kept.
  package init(
    _ folded: ResNet, weights: [QuantizedTensor],
    activationGrids: [ActivationSite: UniformAffine] = [:]
  ) {
    precondition(
      weights.count == folded.layers.count,
      "\(weights.count) tensors for \(folded.layers.count) layers")
    var next = weights.makeIterator()
    network = folded.mapLayers { layer in
      guard let codes = next.next(), codes.shape == layer.weight.shape, layer.batchNorm == nil
      else { preconditionFailure("\(layer.name) is not folded or its codes have another shape") }
      var quantized = layer
      quantized.weight = codes.dequantized()
      return quantized
    }
    self.weights = weights
    self.activationGrids = activationGrids
  }

  /// The bit-widths of the weights, in module order.
  package var bitWidths: [BitWidth] { weights.map(\.bitWidth) }

  /// The logits (N, classes) of images (N, 3, H, W).
  package func callAsFunction(_ images: Tensor, workers: Workers = .one) -> Tensor {
    network(images, activations: activationMap(workers: workers), workers: workers)
  }

  /// What happens to activations at their sites; `nil` where nothing does.
  package func activationMap(workers: Workers = .one) -> ActivationMap? {
    guard !activationGrids.isEmpty else { return nil }
    return { [activationGrids] site, activations in
      activationGrids[site]?.fakeQuantized(activations, workers: workers) ?? activations
    }
  }

  /// `folded` with every weight rounded to the nearest code of its plan's width.
  package static func quantizing(
    _ folded: ResNet, plan: BitWidthAssignment, quantizer: WeightQuantizer,
    workers: Workers = .one
  ) -> QuantizedNetwork {
    precondition(
      plan.layers.map(\.name) == folded.layers.map(\.name), "the plan is for another network")
    let weights = zip(folded.layers, plan.bitWidths).map { layer, bitWidth in
      quantizer.quantize(layer.weight, bitWidth: bitWidth, workers: workers)
    }
    return QuantizedNetwork(folded, weights: weights)
  }
}
