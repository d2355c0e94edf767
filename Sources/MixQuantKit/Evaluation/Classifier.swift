package import Datasets
package import Engine
package import Execution
package import Files
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

  /// True if the network has an integer arithmetic, which both engines compute to the same bit.
  package var hasCodes: Bool { quantized?.activationGrids.isEmpty == false }

  /// Returns the form of images that the network reads: 8-bit colours if it computes with codes.
  package func form(of transform: Transform) -> Batch.Form {
    hasCodes && transform.channels == 3 ? .pixels : .floats
  }

  /// The engine that is used if none is chosen: integer kernels if the network has codes.
  package var usualEngine: InferenceEngine { hasCodes ? .integer : .float }

  /// Returns the function from images of `inputShape` (C, H, W) to logits.
  ///
  /// - Parameters:
  ///   - scaling: The scaling of pixels if images are pixels; nil if they are floats.
  ///   - engine: The kernels; nil for `usualEngine`. Without codes they are float kernels.
  ///   - isExact: True to leave out Winograd's convolution in floating point.
  package func inference(
    inputShape: Shape, scaling: PixelScaling? = nil, engine: InferenceEngine? = nil,
    isExact: Bool = false, context: Context = .serial
  ) -> Inference {
    if let quantized,
      let codes = IntegerNetwork(
        quantized, inputShape: inputShape, scaling: scaling, context: context)
    {
      switch engine ?? usualEngine {
      case .integer: return Inference(.integers(IntegerProgram(codes, context: context)))
      case .float: return Inference(.codes(CodeExecutor(codes, context: context)))
      }
    }
    let program = FloatProgram(
      network, inputShape: inputShape, isExact: isExact, context: context)
    return Inference(program.map { .floats($0) } ?? .graph(network))
  }
}

/// The kernels that compute a network.
package enum InferenceEngine: String, CaseIterable, Codable, Sendable {
  /// Float kernels; a network with codes is computed by float kernels on codes.
  case float
  /// Integer kernels on codes.
  case integer
}

/// The computation of logits.
package struct Inference: Sendable {
  package enum Computation: Sendable {
    /// Integer kernels on codes.
    case integers(IntegerProgram)
    /// Float kernels on codes, whose sums are exact.
    case codes(CodeExecutor)
    /// Float kernels on values, with fixed buffers.
    case floats(FloatProgram)
    /// Float kernels on values, node by node.
    case graph(Graph)
  }

  package let computation: Computation

  init(_ computation: Computation) { self.computation = computation }

  /// Returns the logits (N, classes) of `input`.
  ///
  /// The bits do not depend on the number of workers.
  package func logits(of input: NetworkInput, context: Context) -> Tensor {
    switch computation {
    case .integers(let program): return program(input, context: context)
    case .codes(let executor): return executor(input, context: context)
    case .floats(let program): return program(input.floats, context: context)
    case .graph(let network):
      let images = input.floats
      guard images.rowCount > imagesPerChunk else {
        return network.logits(images, context: context)
      }
      return images.mapChunks(of: imagesPerChunk, context: context) { network.logits($0) }
    }
  }
}

/// The numbers that the operations of a network compute with, for people.
package struct NetworkArithmetic: Sendable {
  /// One per layer: codes, pixels or floating point, and the reason.
  package let layers: [String]
  /// The operations besides layers that a network with codes computes in floating point, with reasons.
  package let inFloatingPoint: [String]
}

extension Classifier {
  /// Returns the arithmetic for images of `inputSize` pixels.
  package func arithmetic(
    inputSize: (height: Int, width: Int), scaling: PixelScaling?
  ) -> NetworkArithmetic {
    let codes = quantized.flatMap {
      IntegerNetwork(
        $0, inputShape: [network.inputChannels, inputSize.height, inputSize.width],
        scaling: scaling)
    }
    return NetworkArithmetic(
      layers: network.layers.map { codes?.description(ofNode: $0.node) ?? "floating point" },
      inFloatingPoint: codes?.otherFloatOperations ?? [])
  }

  /// Returns the kernels that compute the network, and the reason, for people.
  package func engineDescription(_ engine: InferenceEngine? = nil) -> String {
    let reason =
      if let quantized {
        hasCodes
          ? "codes at \(quantized.activationGrids.count) of \(network.sites.count) places after a ReLU"
          : "weights alone are quantized, so that float kernels run on their values"
      } else { "full precision" }
    let kernels =
      switch engine ?? usualEngine {
      case .integer: "integer kernels"
      case .float: hasCodes ? "float kernels on codes, equal to integer kernels" : "float kernels"
      }
    return "\(kernels) (\(reason))"
  }

  /// Throws `usage` if `engine` cannot compute the network.
  package func require(_ engine: InferenceEngine?, at place: String) throws(InputError) {
    guard engine == .integer, !hasCodes else { return }
    throw InputError(
      .unsuitableChoice, "cannot use the integer engine", at: place,
      because: quantized == nil
        ? "the model is in full precision" : "its activations are not quantized",
      try: "quantize the checkpoint with --activation-bits, or leave out --engine")
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
