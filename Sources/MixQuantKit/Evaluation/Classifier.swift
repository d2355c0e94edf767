package import Engine
package import Execution
package import Graphs
package import Quantization
package import Tensors

/// A network to be scored, in full precision or quantized with its activation grids.
package struct Classifier: Sendable {
  package let network: Graph
  let quantized: QuantizedNetwork?

  /// Creates the classifier of a full-precision network.
  ///
  /// - Parameter network: The folded network.
  package init(_ network: Graph) {
    self.network = network
    quantized = nil
  }

  /// Creates the classifier of a quantized network.
  package init(_ quantized: QuantizedNetwork) {
    network = quantized.network
    self.quantized = quantized
  }

  /// Returns the function from images of `inputShape` (C, H, W) to logits.
  ///
  /// - Parameter isExact: True to leave out Winograd's convolution.
  package func inference(
    inputShape: Shape, isExact: Bool = false, context: Context = .serial
  ) -> Inference {
    let roundings = quantized?.activationGrids.mapValues(\.parameters)
    let program = FloatProgram(
      network, inputShape: inputShape, roundings: roundings ?? [:], isExact: isExact,
      context: context)
    return Inference(
      program: program, network: network, activations: quantized?.activationMap())
  }
}

/// The computation of logits, by a compiled program if possible, otherwise node by node.
package struct Inference: Sendable {
  package let program: FloatProgram?
  let network: Graph
  let activations: ActivationMap?

  /// Returns the logits (N, classes) of `images` (N, C, H, W).
  ///
  /// The bits do not depend on the number of workers.
  package func logits(of images: Tensor, context: Context) -> Tensor {
    if let program { return program(images, context: context) }
    guard images.rowCount > imagesPerChunk else {
      return network.logits(images, activations: activations, context: context)
    }
    return images.mapChunks(of: imagesPerChunk, context: context) {
      network.logits($0, activations: activations)
    }
  }
}

extension Model {
  /// The classifier of the folded network in full precision, or of the quantized network.
  package var classifier: Classifier {
    switch self {
    case .checkpoint(let model): Classifier(model.network)
    case .packed(let model): Classifier(model.network)
    }
  }
}
