/// The formats of files for other programs.
package enum ExportFormat: String, CaseIterable, Sendable {
  /// A graph with integer weights and the grids of activations, for ONNX Runtime, OpenVINO and others.
  case onnx
  /// Dequantized weights under the checkpoint's names, for PyTorch.
  case safetensors
  /// The grids of all weights and activations in the form of AIMET's encodings.
  case json

  /// A short description for users.
  package var summary: String {
    switch self {
    case .onnx: "a graph with integer weights for inference runtimes"
    case .safetensors: "dequantized weights under the checkpoint's names"
    case .json: "the grids in the form of AIMET's encodings"
    }
  }
}
