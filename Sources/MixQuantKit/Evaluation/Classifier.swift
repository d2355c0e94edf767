package import Engine
package import Execution
package import Graphs
package import Quantization
package import Tensors

/// A network to be scored: in full precision, or quantized with its activations' grids.
package struct Classifier: Sendable {
  package let network: Graph
  let quantized: QuantizedNetwork?

  /// - Parameter network: folded, in full precision.
  package init(_ network: Graph) {
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
    let program = FloatProgram(
      network, inputShape: inputShape, roundings: roundings ?? [:], isExact: isExact,
      workers: workers)
    return Inference(
      program: program, network: network, activations: quantized?.activationMap())
  }
}

/// How logits are computed: by a plan where there can be one, else layer by layer with OpenBLAS.
package struct Inference: Sendable {
  package let program: FloatProgram?
  let network: Graph
  let activations: ActivationMap?

  /// The logits (N, classes) of images (N, C, H, W), the same bits for every number of workers.
  package func logits(of images: Tensor, workers: Workers) -> Tensor {
    if let program { return program(images, workers: workers) }
    guard images.rowCount > imagesPerChunk else {
      return network.logits(images, activations: activations, workers: workers)
    }
    return images.mapChunks(of: imagesPerChunk, workers: workers) {
      network.logits($0, activations: activations)
    }
  }
}

extension Model {
  /// The folded network in full precision, or the quantized one.
  package var classifier: Classifier {
    switch self {
    case .checkpoint(let model): Classifier(model.network)
    case .packed(let model): Classifier(model.network)
    }
  }
}
