import Checkpoints
package import Files
package import Foundation
import Graphs
import Quantization

extension PackedFileVerifier {
  /// Compares the file with the checkpoint from which it was made, or with an ONNX file that was
  /// exported from it.
  ///
  /// - Throws: The errors of the readers, and `badData` if an exported file has another flavour than
  ///   `faithful`.
  package mutating func compare(
    withFileAt url: URL, options: CheckpointOptions
  ) throws(InputError) {
    if url.pathExtension.lowercased() == "onnx" {
      let model = try ONNXModel.read(url)
      if model.metadata[Self.flavourKey] != nil {
        return try compare(withExport: model, at: url.relativePath)
      }
    }
    try compare(with: try CheckpointModel(contentsOf: url, options: options))
  }

  /// The metadata of an ONNX file that names the flavour of an export.
  private static let flavourKey = "mixq.flavour"

  /// Compares the file with an ONNX file that was exported from it: integers, scales, and biases.
  ///
  /// No runtime is needed. A file of the flavour `deploy` may have other weights by design, so only a
  /// file of the flavour `faithful` can be compared.
  ///
  /// - Parameter place: The ONNX file's name for errors.
  /// - Throws: `badData` if the ONNX file was not exported with the flavour `faithful`.
  mutating func compare(
    withExport model: ONNXModel, at place: String
  ) throws(InputError) {
    guard let packed = content else { return }
    guard model.metadata[Self.flavourKey] == ExportFlavour.faithful.rawValue else {
      throw InputError(
        .badONNX, "cannot compare with the ONNX file", at: place,
        because: "it was not exported by mixq with the flavour faithful",
        try: "give the checkpoint, or a file of mixq export --format onnx")
    }
    let digest = SHA256.hexDigest(of: packed.fileBytes)
    add(
      "export", "\(place) has the SHA-256 of this file in its metadata",
      mismatches: model.metadata["mixq.sha256"] == digest
        ? [] : ["\(place) was exported from another file"])
    let constants = Dictionary(
      model.graph.initializers.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    var mismatches: [String] = []
    for (layer, codes) in zip(packed.network.network.layers, packed.network.weights) {
      do throws(InputError) {
        let stored = try ExportedLayer(layer.name, constants, place: place)
        if let mismatch = stored.mismatch(with: codes, bias: layer.bias) {
          mismatches.append("\(layer.name): \(mismatch)")
        }
      } catch { mismatches.append("\(layer.name): \(error.reason)") }
    }
    add(
      "constants", "the weights and biases of \(packed.network.weights.count) layers are equal",
      mismatches: mismatches)
  }
}

/// The constants of a layer in an ONNX file.
private struct ExportedLayer {
  let integers: [Int]
  let scales: [Float]
  let zeroPoints: [Int]
  let bias: [Float]?

  init(
    _ name: String, _ constants: [String: ONNXTensor], place: String
  ) throws(InputError) {
    func constant(_ suffix: String) throws(InputError) -> ONNXTensor {
      guard let tensor = constants["\(name).\(suffix)"] else {
        throw InputError(
          .badONNX, "cannot compare with the ONNX file", at: place,
          because: "it has no constant \(name).\(suffix)")
      }
      return tensor
    }
    integers = try constant("weight_q").integers(place: place)
    scales = try constant("weight_scale").floats(place: place)
    zeroPoints = try constant("weight_zp").integers(place: place)
    bias = try constants["\(name).bias"]?.floats(place: place)
  }

  /// Returns the part that differs from `codes` and `bias`, if any does.
  func mismatch(with codes: QuantizedTensor, bias expected: [Float]?) -> String? {
    guard integers.count == codes.codes.count, scales.count == codes.grids.count,
      zeroPoints.count == scales.count
    else { return "the constants have other shapes" }
    let stretch = integers.count / scales.count
    let differing = integers.indices.count { place in
      let grid = codes.grids[place / stretch]
      let stored = Float(integers[place] - zeroPoints[place / stretch]) * scales[place / stretch]
      return stored != Float(Int(codes.codes[place]) - grid.zeroPoint) * grid.scale
    }
    guard differing == 0 else { return "\(differing) of \(integers.count) weights differ" }
    guard bias?.map(\.bitPattern) == expected?.map(\.bitPattern) else { return "the biases differ" }
    return nil
  }
}
