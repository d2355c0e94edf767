package import Checkpoints
import Files
package import Foundation
import Graphs
import Quantization
import Tensors

extension PackedModel {
  /// The version of the layout; readers refuse other versions.
  static let formatVersion = "3"

  /// The keys of the metadata.
  enum Key {
    static let format = "mixq.format"
    static let network = "mixq.network"
    static let plan = "mixq.plan"
    static let granularities = "mixq.granularities"
    static let activations = "mixq.activations"
    static let transform = "mixq.transform"
    static let labels = "mixq.labels"
    static let descriptions = "mixq.descriptions"
    static let checkpoint = "mixq.checkpoint"
    static let provenance = "mixq.provenance"
    static let checksums = "mixq.checksums"
    static let metadataChecksum = "mixq.metadata_checksum"
  }

  /// Returns true if metadata are those of a packed model.
  static func isPacked(metadata: [String: String]) -> Bool { metadata[Key.format] != nil }

  /// The bytes of the file, which are the same for equal models.
  package var fileBytes: Data { encoded.encoded }

  /// The content of the file.
  package var encoded: SafetensorsFile {
    let layers = zip(network.network.layers, network.weights).flatMap { layer, weights in
      let grids = weights.grids
      var entries = [
        SafetensorsEntry(
          name: "\(layer.name).codes", shape: [weights.packedCodes.count],
          uint8: weights.packedCodes),
        SafetensorsEntry(
          name: "\(layer.name).scales", shape: [grids.count], float32: grids.map(\.scale)),
        SafetensorsEntry(
          name: "\(layer.name).zero_points", shape: [grids.count],
          uint8: grids.map { UInt8($0.zeroPoint) }),
      ]
      if let bias = layer.bias {
        entries.append(
          SafetensorsEntry(name: "\(layer.name).bias", shape: [bias.count], float32: bias))
      }
      return entries
    }
    let entries = layers + network.network.nodes.flatMap(\.normalizationEntries)
    return PackedChecksums.sealing(SafetensorsFile(entries: entries, metadata: metadata))
  }

  private var metadata: [String: String] {
    var metadata = [
      Key.format: Self.formatVersion,
      Key.network: json(GraphOutline(of: network.network)),
      Key.plan: json(plan),
      Key.granularities: json(network.weights.map(\.granularity)),
      Key.activations: json(network.activationGrids),
      Key.transform: json(transform),
      Key.checkpoint: json(checkpoint),
      Key.provenance: json(provenance),
    ]
    metadata[Key.labels] = labelNames.map { json($0) }
    metadata[Key.descriptions] = labelDescriptions.map { json($0) }
    return metadata
  }
}

extension Node {
  /// The tensors of a batch normalisation that could not be folded.
  fileprivate var normalizationEntries: [SafetensorsEntry] {
    guard case .batchNorm(let batchNorm) = operation else { return [] }
    return NormalizationTensor.allCases.map { tensor in
      let values = tensor.values(of: batchNorm)
      return SafetensorsEntry(
        name: "\(name).\(tensor.rawValue)", shape: [values.count], float32: values)
    }
  }
}

/// The tensors of a batch normalisation with PyTorch's names.
enum NormalizationTensor: String, CaseIterable {
  case scale = "weight"
  case shift = "bias"
  case mean = "running_mean"
  case variance = "running_var"

  func values(of batchNorm: BatchNorm) -> [Float] {
    switch self {
    case .scale: batchNorm.scale
    case .shift: batchNorm.shift
    case .mean: batchNorm.mean
    case .variance: batchNorm.variance
    }
  }
}
