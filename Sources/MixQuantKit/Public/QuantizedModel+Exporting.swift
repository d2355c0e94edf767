public import Foundation

extension QuantizedModel {
  /// A format of files for other programs.
  public enum ExportedFormat: Sendable {
    /// A graph with integer weights and the grids of activations, as quantized.
    case onnx
    /// Dequantized weights under the checkpoint's names.
    case safetensors
    /// The grids in the form of AIMET's encodings.
    case encodings
  }

  /// Writes the model at `url` in a format of other programs.
  ///
  /// If an error is thrown, no incomplete file remains.
  ///
  /// - Throws: `MixQuantError` if the file exists and `overwriting` is false, or cannot be written.
  public func export(
    to url: URL, as format: ExportedFormat, overwriting: Bool = false
  ) throws(MixQuantError) {
    try MixQuantError.wrapping {
      switch format {
      case .onnx:
        try ExportedNetwork(faithful: packed.network)
          .write(to: url, of: packed, overwriting: overwriting)
      case .safetensors: try packed.writeDequantized(to: url, overwriting: overwriting)
      case .encodings: try packed.writeEncodings(to: url, overwriting: overwriting)
      }
    }
  }
}
