package import Execution
package import Networks
package import Quantization
package import Tensors

/// A network to be scored: in full precision, or quantized with its activations' grids.
package struct Classifier: Sendable {
  let network: ResNet
  let quantized: QuantizedNetwork?

  /// - Parameter network: folded, in full precision.
  package init(_ network: ResNet) {
    self.network = network
    quantized = nil
  }

  package init(_ quantized: QuantizedNetwork) {
    network = quantized.network
    self.quantized = quantized
  }

  /// The classifier made ready for images of `inputShape` (C, H, W).
  /// - Parameter isExact: whether to do without Winograd's convolution.
  package func inference(
    inputShape: Shape, isExact: Bool = false, workers: Workers = .one
  ) -> Inference {
    let roundings = quantized?.activationGrids.mapValues(\.parameters)
    let plan = InferencePlan(
      network, inputShape: inputShape, roundings: roundings ?? [:], isExact: isExact,
      workers: workers)
    return Inference(
      plan: plan, network: network, activations: quantized?.activationMap())
  }
}

/// How logits are computed: by a plan where there can be one, else layer by layer with OpenBLAS.
package struct Inference: Sendable {
  let plan: InferencePlan?
  let network: ResNet
  let activations: ActivationMap?

  /// The logits (N, classes) of images (N, C, H, W), the same bits for every number of workers.
  package func logits(of images: Tensor, workers: Workers) -> Tensor {
    if let plan { return plan(images, workers: workers) }
    guard images.rowCount > imagesPerChunk else {
      return network(images, activations: activations, workers: workers)
    }
    return images.mapChunks(of: imagesPerChunk, workers: workers) {
      network($0, activations: activations)
    }
  }
}
