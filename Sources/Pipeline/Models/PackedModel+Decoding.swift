package import Checkpoints
import Datasets
package import Files
import Foundation
import Networks
import Quantization
internal import Tensors

extension PackedModel {
  /// The model that `file` holds; throws `badData` naming the key or tensor that does not fit.
  /// - Parameter place: the file, for errors.
  package init(_ file: SafetensorsFile, at place: String) throws(InputError) {
    let reader = PackedReader(file: file, place: place)
    let format = file.metadata[Key.format] ?? "missing"
    guard format == Self.formatVersion else {
      throw reader.fault(
        "its format is \(format), not \(Self.formatVersion)",
        try: "use the version of mixq that wrote it")
    }
    let plan = try reader.value(BitWidthAssignment.self, Key.plan)
    let network = try reader.network(
      try reader.value(NetworkDescription.self, Key.network), plan: plan,
      granularities: try reader.value([Granularity].self, Key.granularities),
      activationGrids: try reader.value([ActivationSite: UniformAffine].self, Key.activations))
    self.init(
      network: network, plan: plan, transform: try reader.value(Transform.self, Key.transform),
      labelNames: file.metadata[Key.labels] == nil
        ? nil : try reader.value([String].self, Key.labels),
      provenance: try reader.value(Provenance.self, Key.provenance))
  }
}

/// Takes a packed file apart, and holds its parts against each other.
private struct PackedReader {
  let file: SafetensorsFile
  let place: String

  /// The JSON value under `key` of the metadata.
  func value<T: Decodable>(_ type: T.Type, _ key: String) throws(InputError) -> T {
    guard let text = file.metadata[key] else { throw fault("it has no \(key)") }
    do { return try JSONDecoder().decode(type, from: Data(text.utf8)) } catch {
      throw fault("\(key): \(decodingReason(error))")
    }
  }

  func network(
    _ description: NetworkDescription, plan: BitWidthAssignment, granularities: [Granularity],
    activationGrids: [ActivationSite: UniformAffine]
  ) throws(InputError) -> QuantizedNetwork {
    guard granularities.count == plan.layers.count else {
      throw fault("\(granularities.count) granularities for \(plan.layers.count) layers")
    }
    var weights: [QuantizedTensor] = []
    let network = try description.network { layer throws(InputError) in
      let index = weights.count
      guard index < plan.layers.count, plan.layers[index].name == layer.name else {
        throw fault("the plan has no bit-width for \(layer.name) at its place")
      }
      let codes = try tensor(
        of: layer, bitWidth: plan.bitWidths[index], granularity: granularities[index])
      weights.append(codes)
      return (codes.dequantized(), try bias(of: layer))
    }
    guard network.weightLayers == plan.layers else {
      throw fault("the plan's layers are not the network's")
    }
    let tensorCount = network.layers.reduce(0) { $0 + ($1.bias == nil ? 3 : 4) }
    guard file.entries.count == tensorCount else {
      throw fault("it has \(file.entries.count) tensors, and the network \(tensorCount)")
    }
    let sites = Set(network.activationSites)
    if let stray = activationGrids.keys.sorted().first(where: { !sites.contains($0) }) {
      throw fault("\(stray) is none of the network's activations")
    }
    for planned in plan.activations
    where activationGrids[planned.site]?.bitWidth != planned.bitWidth {
      throw fault(
        "the plan has \(planned.bitWidth) bits for activations at \(planned.site), their grid has not"
      )
    }
    return QuantizedNetwork(network, weights: weights, activationGrids: activationGrids)
  }

  private func tensor(
    of layer: NetworkDescription.Layer, bitWidth: BitWidth, granularity: Granularity
  ) throws(InputError) -> QuantizedTensor {
    try QuantizedTensor(
      shape: Shape(layer.shape), packedCodes: [UInt8](entry("\(layer.name).codes", .uint8).data),
      scales: entry("\(layer.name).scales", .float32).tensor.scalars,
      zeroPoints: [UInt8](entry("\(layer.name).zero_points", .uint8).data), bitWidth: bitWidth,
      granularity: granularity, at: "\(place), \(layer.name)")
  }

  private func bias(of layer: NetworkDescription.Layer) throws(InputError) -> [Float]? {
    let name = "\(layer.name).bias"
    guard file[name] != nil else { return nil }
    let bias = try entry(name, .float32).tensor.scalars
    guard bias.count == layer.shape[0] else {
      throw fault("\(name) has \(bias.count) values for \(layer.shape[0]) channels")
    }
    guard bias.allSatisfy(\.isFinite) else { throw fault("\(name) is not finite") }
    return bias
  }

  private func entry(_ name: String, _ type: ElementType) throws(InputError) -> SafetensorsEntry {
    guard let entry = file[name] else { throw fault("it has no tensor \(name)") }
    guard entry.elementType == type else {
      throw fault("\(name) is \(entry.elementType.rawValue), not \(type.rawValue)")
    }
    return entry
  }

  func fault(
    _ reason: String, try remedy: String = "quantize the checkpoint again"
  ) -> InputError {
    InputError(
      .badData, "cannot read the packed model", at: place, because: reason, try: remedy)
  }
}
