import Checkpoints
package import Files
package import Foundation

// The files of other formats; each appears whole or not at all.
extension PackedModel {
  /// Writes the dequantized network as a safetensors checkpoint and returns the number of its tensors.
  ///
  /// - Throws: `cannotWrite` if the file exists and `overwriting` is false, or cannot be written.
  @discardableResult package func writeDequantized(
    to url: URL, overwriting: Bool
  ) throws(InputError) -> Int {
    let checkpoint = dequantizedCheckpoint
    try checkpoint.write(to: url, overwriting: overwriting)
    return checkpoint.entries.count
  }

  /// Writes the grids as AIMET's encodings, which are JSON; throws as `writeDequantized`.
  package func writeEncodings(to url: URL, overwriting: Bool) throws(InputError) {
    try AtomicFile.write(Data((encodings + "\n").utf8), to: url, overwriting: overwriting)
  }
}

extension ExportedNetwork {
  /// Writes the network as an ONNX file with the metadata of `packed`; throws as `writeDequantized`.
  package func write(
    to url: URL, of packed: PackedModel, overwriting: Bool
  ) throws(InputError) {
    try model(of: packed).write(to: url, overwriting: overwriting)
  }
}
