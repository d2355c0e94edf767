import Checkpoints
package import Datasets
package import Execution
package import Files
package import Foundation
import Graphs
import Quantization
import Reconstruction
import Tensors

/// A check of a packed file, part by part.
///
/// Opening a packed file stops at the first fault. The verifier reports all of them.
package struct PackedFileVerifier {
  private let url: URL
  private let bytes: Data
  private let file: SafetensorsFile
  private var result = Verification()
  /// The content of the file, if it could be read.
  private let packed: PackedModel?

  /// Opens the file at `url` and checks it on its own.
  ///
  /// - Throws: `missingInput` if it cannot be opened, `badData` if it is not a packed file.
  package init(contentsOf url: URL) throws(InputError) {
    self.url = url
    bytes = try InputFile.read(url)
    file = try SafetensorsFile(bytes, place: url.path)
    guard PackedModel.isPacked(metadata: file.metadata) else {
      throw InputError(
        .badPackedFile, "cannot verify the file", at: url.path, because: "it is not a packed file",
        try: "give a file that mixq quantize wrote")
    }
    let mismatches = PackedChecksums.mismatches(in: file)
    var result = Verification()
    result.add(
      "checksums", "the SHA-256 of the metadata and of \(file.entries.count) tensors",
      mismatches: mismatches)
    let faults = PackedModel.layerFaults(in: file, at: url.path)
    result.add(
      "codes", "lengths, padding bits, scales and zero points", mismatches: faults)
    do throws(InputError) {
      packed = try PackedModel(unverified: file, at: url.path)
      result.add("network", "nodes, units, plan, grids and transform fit one another")
    } catch {
      packed = nil
      result.add("network", "", mismatches: [error.reason])
    }
    self.result = result
    if let packed { check(packed) }
  }

  /// The SHA-256 of the file.
  package var digest: String { SHA256.hexDigest(of: bytes) }

  /// The result so far.
  package var verification: Verification { result }

  /// The content of the file, if it could be read.
  var content: PackedModel? { packed }

  /// Adds a check, which fails with each of `mismatches`, or passes with `detail` if there are none.
  mutating func add(_ name: String, _ detail: String, mismatches: [String]) {
    result.add(name, detail, mismatches: mismatches)
  }

  private mutating func check(_ packed: PackedModel) {
    result.add(
      "bytes", "\(bytes.count), and writing the model again gives the same ones",
      mismatches: packed.fileBytes == bytes
        ? [] : ["writing the model again gives other bytes"])
    let grids = packed.network.activationGrids.sorted { $0.key < $1.key }
    result.add(
      "activations",
      grids.isEmpty
        ? "not quantized" : "\(grids.count) grids of \(grids.widths) bits with zero point 0",
      mismatches: grids.filter { $0.value.zeroPoint != 0 }.map {
        "the zero point at \($0.key) is \($0.value.zeroPoint)"
      })
    let sums = packed.network.layerSums
    result.sums = sums
    result.add("sums", sums.summary)
    result.add("provenance", packed.provenance.line)
  }
}

extension PackedFileVerifier {
  /// Compares the file with the checkpoint from which it was made.
  ///
  /// - Throws: `badData` if the network of `model` has other layers.
  package mutating func compare(with model: CheckpointModel) throws(InputError) {
    guard let packed else { return }
    let digest = try SHA256.hexDigest(ofFile: model.url)
    result.add(
      "checkpoint", "\(model.url.lastPathComponent) has the recorded SHA-256",
      mismatches: digest == packed.provenance.modelDigest
        ? []
        : [
          "\(model.url.lastPathComponent) has the SHA-256 \(digest.prefix(12))…, but the file was "
            + "made from \(packed.provenance.modelDigest.prefix(12))…"
        ])
    let originals = model.network.layers
    let shapes = packed.network.weights.map(\.shape)
    guard originals.map(\.name) == packed.network.network.layers.map(\.name),
      originals.map(\.weight.shape) == shapes
    else {
      result.add("weights", "", mismatches: ["the checkpoint has other layers"])
      return
    }
    let distances = originals.indices.map { index in
      WeightDistance(
        packed.network.weights[index], bias: packed.network.network.layers[index].bias,
        from: originals[index])
    }
    result.distances = distances
    result.add(
      "weights", distances.summary,
      mismatches: distances.compactMap { $0.mismatch(with: packed.provenance.recipe) })
  }

  /// Compares the ways to compute the network on the first images of `images`.
  ///
  /// - Throws: An error if an image cannot be read.
  package mutating func compareEngines(on images: ImageSet, context: Context) throws {
    guard let packed else { return }
    try EngineComparison(packed).add(to: &result, images: images, context: context)
  }
}

extension [(key: Site, value: UniformAffine)] {
  /// The widths of the grids, such as `4 to 8`.
  fileprivate var widths: String {
    let widths = map(\.value.bitWidth).sorted()
    guard let first = widths.first, let last = widths.last else { return "" }
    return first == last ? "\(first)" : "\(first) to \(last)"
  }
}

extension [LayerSums] {
  fileprivate var summary: String {
    guard let largest = self.max(by: { $0.largest < $1.largest }) else {
      return "no layer reads codes"
    }
    let inexact = count { !$0.isExactInFloat }
    let large = count { !$0.fitsWinograd }
    return
      "at most \(largest.largest) (\(largest.layer)); \(count - inexact) of \(count) layers below "
      + "2^24, \(count - large) below 2^25"
  }
}

extension [WeightDistance] {
  fileprivate var summary: String {
    guard let worst = self.max(by: { $0.relativeError < $1.relativeError }) else { return "none" }
    let nearest = reduce(0) { $0 + $1.nearest } / Double(count)
    return String(
      format: "%.1f %% at the nearest code; at most %.2f steps away; largest relative error %.3f",
      100 * nearest, self.map(\.largest).max() ?? 0, worst.relativeError) + " (\(worst.layer))"
  }
}

extension Provenance {
  fileprivate var line: String {
    let learning = recipe.method.learns ? ", recipe \(recipe.reconstruction.name)" : ""
    return "\(recipe.method.rawValue)\(learning), made by \(build.line)"
  }
}
