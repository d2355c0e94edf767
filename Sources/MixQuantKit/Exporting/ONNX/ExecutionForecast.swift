import Graphs
import Quantization

/// The kernels by which inference runtimes compute a layer of an exported file.
///
/// The rules were found by reading the graphs that the runtimes optimize: ONNX Runtime 1.32 and
/// OpenVINO 2026.4 on x86 processors, and TensorRT's documentation of explicit quantization.
package struct ExecutionForecast: Encodable, Sendable {
  /// The kernel of one runtime.
  package enum Kernel: Encodable, Sendable, Equatable {
    case integer
    /// An integer kernel that is slow, and the reason.
    case slow(String)
    /// A kernel in floating point, and the reason.
    case floatingPoint(String)
    /// The runtime does not load the file, for this reason.
    case refused(String)

    /// The kernel as text.
    package var text: String {
      switch self {
      case .integer: "integer"
      case .slow(let reason): "integer, slow: \(reason)"
      case .floatingPoint(let reason): "float: \(reason)"
      case .refused(let reason): "not loaded: \(reason)"
      }
    }

    package func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      try container.encode(text)
    }
  }

  package let layer: String
  /// The type of the stored weights.
  package let weights: String
  package let onnxRuntime: Kernel
  package let openVINO: Kernel
  package let tensorRT: Kernel

  private enum CodingKeys: String, CodingKey {
    case layer, weights
    case onnxRuntime = "onnx_runtime"
    case openVINO = "openvino"
    case tensorRT = "tensorrt"
  }
}

extension ExecutionForecast {
  init(_ layer: Layer, in network: ExportedNetwork) {
    let graph = network.graph
    let source = graph.nodes[layer.node].inputs[0]
    let container = network.weights[layer.node]?.container ?? .int8
    self.layer = layer.name
    weights = container.rawValue
    let readsCodes = network.codeGrids[source] != nil
    let inputReason =
      graph.nodes[source].operation == .input
      ? "the image is not quantized" : "its input is not quantized"
    let narrow = "no convolution of 4-bit weights"
    let differing = "zero points of weights differ from 0"

    if !container.isByte {
      onnxRuntime = .floatingPoint("\(narrow); weights are dequantized at every run")
      openVINO = .floatingPoint(narrow)
    } else {
      onnxRuntime =
        !readsCodes
        ? .floatingPoint(inputReason)
        : network.roundedNode(after: layer.node) == nil
          ? .floatingPoint("its output is not quantized before the sum or the end")
          : container == .uint8 ? .slow(differing) : .integer
      openVINO =
        !readsCodes
        ? .floatingPoint(inputReason)
        : container == .uint8 ? .floatingPoint(differing) : .integer
    }
    tensorRT =
      !network.grids.isEmpty
      ? .refused("TensorRT takes activations of int8 only, and these are uint8")
      : .floatingPoint("activations are not quantized")
  }
}

extension ExportedNetwork {
  /// The forecast for every layer, in network order.
  package var forecasts: [ExecutionForecast] {
    graph.layers.map { ExecutionForecast($0, in: self) }
  }
}
