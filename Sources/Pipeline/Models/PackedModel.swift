package import Checkpoints
package import Datasets
internal import Foundation
internal import Networks
package import Quantization
package import Tensors

/// Where a packed file came from; only what equal work has in common, so that it gives equal bytes.
package struct Provenance: Codable, Equatable, Sendable {
  package let toolVersion: String
  package let recipe: QuantizationRecipe
  /// SHA-256 of the checkpoint.
  package let modelDigest: String
  /// SHA-256 of the calibration images' list; none where no images were needed.
  package let calibrationDigest: String?
}

/// A quantized model as a file: safetensors whose codes are packed at their own width.
///
/// For a layer NAME there are `NAME.codes` (bytes, see `BitPacking`), `NAME.scales`, `NAME.zero_points`
/// and `NAME.bias`; the metadata hold JSON values under keys that begin with `mixq.`.
package struct PackedModel: Sendable {
  package let network: QuantizedNetwork
  package let plan: BitWidthAssignment
  package let transform: Transform
  package let labelNames: [String]?
  package let hasSmallStem: Bool
  package let provenance: Provenance

  /// The file for a quantized `model`; throws where the checkpoint cannot be read again for its digest.
  package init(
    _ network: QuantizedNetwork, plan: BitWidthAssignment, of model: CheckpointModel,
    transform: Transform, recipe: QuantizationRecipe, calibration: CalibrationSet?
  ) throws(InputError) {
    self.network = network
    self.plan = plan
    self.transform = transform
    labelNames = model.labelNames
    hasSmallStem = model.report.hasSmallStem
    provenance = Provenance(
      toolVersion: toolVersion, recipe: recipe,
      modelDigest: try SHA256.hexDigest(ofFile: model.url),
      calibrationDigest: recipe.needsImages ? calibration?.digest : nil)
  }

  /// The version of the layout; a reader refuses newer ones.
  static let formatVersion = "1"

  /// Whether `file` says that it is a packed model.
  package static func isPacked(_ file: SafetensorsFile) -> Bool {
    file.metadata["mixq.format"] != nil
  }
}

/// The keys and values of a packed file's metadata.
private struct Metadata {
  static let format = "mixq.format"
  static let network = "mixq.network"
  static let plan = "mixq.plan"
  static let granularities = "mixq.granularities"
  static let activations = "mixq.activations"
  static let transform = "mixq.transform"
  static let labels = "mixq.labels"
  static let stem = "mixq.small_stem"
  static let provenance = "mixq.provenance"
}

extension PackedModel {
  /// The file's content; the same for equal models.
  package var encoded: SafetensorsFile {
    var entries: [SafetensorsEntry] = []
    for (layer, weights) in zip(network.network.layers, network.weights) {
      let grids = weights.grids
      entries.append(
        SafetensorsEntry(
          name: "\(layer.name).codes", shape: [weights.packedCodes.count],
          uint8: weights.packedCodes))
      entries.append(
        SafetensorsEntry(
          name: "\(layer.name).scales", shape: [grids.count], float32: grids.map(\.scale)))
      entries.append(
        SafetensorsEntry(
          name: "\(layer.name).zero_points", shape: [grids.count],
          uint8: grids.map { UInt8($0.zeroPoint) }))
      if let bias = layer.bias {
        entries.append(
          SafetensorsEntry(name: "\(layer.name).bias", shape: [bias.count], float32: bias))
      }
    }
    return SafetensorsFile(entries: entries, metadata: metadata)
  }

  private var metadata: [String: String] {
    var metadata = [
      Metadata.format: Self.formatVersion,
      Metadata.network: json(NetworkDescription(of: network.network)),
      Metadata.plan: json(plan),
      Metadata.granularities: json(network.weights.map(\.granularity)),
      Metadata.activations: json(network.activationGrids),
      Metadata.transform: json(transform),
      Metadata.stem: json(hasSmallStem),
      Metadata.provenance: json(provenance),
    ]
    metadata[Metadata.labels] = labelNames.map { json($0) }
    return metadata
  }

  /// The bytes of all tensors: codes, scales, zero points and biases.
  package var payloadBytes: Int { encoded.entries.reduce(0) { $0 + $1.data.count } }
}

extension PackedModel {
  /// The model that `file` holds; throws `badData` naming the key or tensor that does not fit.
  /// - Parameter place: the file's name, for errors.
  package init(_ file: SafetensorsFile, at place: String) throws(InputError) {
    func value<T: Decodable>(_ type: T.Type, _ key: String) throws(InputError) -> T {
      guard let text = file.metadata[key] else {
        throw InputError(
          .badData, "cannot read the packed model", at: place, because: "it has no \(key)",
          try: "quantize the checkpoint again")
      }
      do { return try JSONDecoder().decode(type, from: Data(text.utf8)) } catch {
        throw InputError(
          .badData, "cannot read the packed model", at: place, because: "\(key): \(error)",
          try: "quantize the checkpoint again")
      }
    }
    guard file.metadata[Metadata.format] == Self.formatVersion else {
      throw InputError(
        .badData, "cannot read the packed model", at: place,
        because: "its format is \(file.metadata[Metadata.format] ?? "none"), not "
          + Self.formatVersion, try: "use the version of mixq that wrote it")
    }
    plan = try value(BitWidthAssignment.self, Metadata.plan)
    transform = try value(Transform.self, Metadata.transform)
    hasSmallStem = try value(Bool.self, Metadata.stem)
    provenance = try value(Provenance.self, Metadata.provenance)
    labelNames =
      file.metadata[Metadata.labels] == nil ? nil : try value([String].self, Metadata.labels)
    let description = try value(NetworkDescription.self, Metadata.network)
    let granularities = try value([Granularity].self, Metadata.granularities)
    let grids = try value([ActivationSite: UniformAffine].self, Metadata.activations)

    let reader = TensorReader(file: file, place: place)
    var weights: [QuantizedTensor] = []
    let bitWidths = plan.bitWidthsByName
    let network = try description.network { layer throws(InputError) in
      guard let bitWidth = bitWidths[layer.name], weights.count < granularities.count else {
        throw reader.fault("the plan has no layer \(layer.name)")
      }
      let codes = try reader.weights(
        of: layer, bitWidth: bitWidth, granularity: granularities[weights.count])
      weights.append(codes)
      return (codes.dequantized(), try reader.bias(of: layer))
    }
    // The head is described last but the order of layers is the module order in both.
    self.network = QuantizedNetwork(network, weights: weights, activationGrids: grids)
  }
}

/// Looks up the tensors of one layer.
private struct TensorReader {
  let file: SafetensorsFile
  let place: String

  func weights(
    of layer: NetworkDescription.Layer, bitWidth: BitWidth, granularity: Granularity
  ) throws(InputError) -> QuantizedTensor {
    try QuantizedTensor(
      shape: Shape(layer.shape), packedCodes: [UInt8](entry("\(layer.name).codes", .uint8).data),
      scales: entry("\(layer.name).scales", .float32).tensor.scalars,
      zeroPoints: [UInt8](entry("\(layer.name).zero_points", .uint8).data), bitWidth: bitWidth,
      granularity: granularity, at: "\(place), \(layer.name)")
  }

  func bias(of layer: NetworkDescription.Layer) throws(InputError) -> [Float]? {
    let name = "\(layer.name).bias"
    guard file[name] != nil else { return nil }
    let bias = try entry(name, .float32).tensor.scalars
    guard bias.count == layer.shape[0] else {
      throw fault("\(name) has \(bias.count) values for \(layer.shape[0]) channels")
    }
    return bias
  }

  private func entry(_ name: String, _ type: ElementType) throws(InputError) -> SafetensorsEntry {
    guard let entry = file[name] else { throw fault("it has no tensor \(name)") }
    guard entry.elementType == type else {
      throw fault("\(name) is \(entry.elementType.rawValue), not \(type.rawValue)")
    }
    return entry
  }

  func fault(_ reason: String) -> InputError {
    InputError(
      .badData, "cannot read the packed model", at: place, because: reason,
      try: "quantize the checkpoint again")
  }
}
