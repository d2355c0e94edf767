package import Checkpoints
import Datasets
package import Files
package import Foundation
import Graphs
import Quantization
import Tensors

extension PackedModel {
  /// Reads the packed file at `url`.
  ///
  /// - Throws: `missingInput` if it cannot be opened, `badData` if it is damaged or no packed file.
  package init(contentsOf url: URL) throws(InputError) {
    try self.init(SafetensorsFile.read(url), at: url.path)
  }

  /// Reads the bytes of a packed file.
  ///
  /// - Parameter place: The file's name for errors.
  /// - Throws: `badData` if it is damaged or no packed file.
  package init(fileBytes: Data, at place: String) throws(InputError) {
    try self.init(SafetensorsFile(fileBytes, place: place), at: place)
  }

  /// Reads the model from `file`.
  ///
  /// - Parameter place: The file's name for errors.
  /// - Throws: `badData` that names the damage, or the key or tensor that does not fit.
  package init(_ file: SafetensorsFile, at place: String) throws(InputError) {
    let reader = PackedReader(file: file, place: place)
    try reader.requireFormat()
    if let mismatch = PackedChecksums.mismatches(in: file).first {
      throw reader.fault(
        mismatch, try: "the file is damaged: copy it again, or quantize the checkpoint again")
    }
    try self.init(reader)
  }

  /// Reads the model from `file` and ignores its checksums.
  init(unverified file: SafetensorsFile, at place: String) throws(InputError) {
    try self.init(PackedReader(file: file, place: place))
  }

  private init(_ reader: PackedReader) throws(InputError) {
    try reader.requireFormat()
    let plan = try reader.value(BitPlan.self, Key.plan)
    let transform = try reader.value(Transform.self, Key.transform)
    let network = try reader.network(
      try reader.value(GraphOutline.self, Key.network), plan: plan,
      granularities: try reader.value([Granularity].self, Key.granularities),
      activationGrids: try reader.value([Site: UniformAffine].self, Key.activations))
    try reader.requireSizes(network.network, of: transform)
    let checkpoint = try reader.value(CheckpointLayout.self, Key.checkpoint)
    if let flaw = checkpoint.flaw(for: network.network) { throw reader.fault(flaw) }
    self.init(
      network: network, plan: plan, transform: transform,
      labelNames: try reader.texts(Key.labels),
      labelDescriptions: try reader.texts(Key.descriptions),
      checkpoint: checkpoint, provenance: try reader.value(Provenance.self, Key.provenance))
  }

  /// Returns the model that results from encoding and reading; throws if it cannot be read.
  ///
  /// - Parameter place: The file's name for errors.
  package func readBack(at place: String) throws(InputError) -> PackedModel {
    try PackedModel(fileBytes: fileBytes, at: place)
  }
}

/// A reader of a packed file, which checks that its parts fit each other.
private struct PackedReader {
  let file: SafetensorsFile
  let place: String

  /// Throws `badData` if the file has another version of the layout.
  func requireFormat() throws(InputError) {
    let format = file.metadata[PackedModel.Key.format] ?? "missing"
    guard format == PackedModel.formatVersion else {
      throw fault(
        "its format is \(format), not \(PackedModel.formatVersion)",
        try: "use the version of mixq that wrote it, or quantize the checkpoint again")
    }
  }

  /// Returns the JSON value under `key` of the metadata.
  func value<T: Decodable>(_ type: T.Type, _ key: String) throws(InputError) -> T {
    guard let text = file.metadata[key] else { throw fault("it has no \(key)") }
    do { return try JSONDecoder().decode(type, from: Data(text.utf8)) } catch {
      throw fault("\(key): \(decodingReason(error))")
    }
  }

  /// Returns the texts under `key`, or nil if there are none.
  func texts(_ key: String) throws(InputError) -> [String]? {
    file.metadata[key] == nil ? nil : try value([String].self, key)
  }

  func network(
    _ outline: GraphOutline, plan: BitPlan, granularities: [Granularity],
    activationGrids: [Site: UniformAffine]
  ) throws(InputError) -> QuantizedNetwork {
    guard granularities.count == plan.layers.count else {
      throw fault("\(granularities.count) granularities for \(plan.layers.count) layers")
    }
    var tensors = PackedTensors(reader: self, plan: plan, granularities: granularities)
    let network = try outline.graph(&tensors)
    guard network.weightLayers == plan.layers else {
      throw fault("the layers of the plan differ from those of the network")
    }
    guard file.entries.count == tensors.entryCount else {
      throw fault("it has \(file.entries.count) tensors, but the network has \(tensors.entryCount)")
    }
    let sites = Set(network.sites)
    if let stray = activationGrids.keys.sorted().first(where: { !sites.contains($0) }) {
      throw fault("the network has no activations at \(stray)")
    }
    for planned in plan.activations
    where activationGrids[planned.site]?.bitWidth != planned.bitWidth {
      throw fault(
        "the plan and the grid have different bit-widths for activations at \(planned.site)"
      )
    }
    return QuantizedNetwork(network, weights: tensors.weights, activationGrids: activationGrids)
  }

  /// Throws `badData` if the network does not fit the images that the file's transform makes.
  func requireSizes(_ network: Graph, of transform: Transform) throws(InputError) {
    let size = transform.usualInputSize
    do { _ = try network.shapes(for: [transform.channels, size.height, size.width]) } catch {
      throw fault("\(error.place): \(error.reason)")
    }
  }

  /// Returns the codes of a layer.
  func codes(
    _ name: String, shape: Shape, bitWidth: BitWidth, granularity: Granularity
  ) throws(InputError) -> QuantizedTensor {
    try QuantizedTensor(
      shape: shape, packedCodes: [UInt8](entry("\(name).codes", .uint8).data),
      scales: entry("\(name).scales", .float32).tensor.scalars,
      zeroPoints: [UInt8](entry("\(name).zero_points", .uint8).data), bitWidth: bitWidth,
      granularity: granularity, at: "\(place), \(name)")
  }

  func entry(_ name: String, _ type: ElementType) throws(InputError) -> SafetensorsEntry {
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
      .badPackedFile, "cannot read the packed model", at: place, because: reason, try: remedy)
  }
}

/// A source of a packed file's tensors, which are read layer by layer.
private struct PackedTensors: GraphTensors {
  let reader: PackedReader
  let plan: BitPlan
  let granularities: [Granularity]
  /// The codes of the layers read so far.
  private(set) var weights: [QuantizedTensor] = []
  /// The number of tensors read so far.
  private(set) var entryCount = 0

  init(reader: PackedReader, plan: BitPlan, granularities: [Granularity]) {
    self.reader = reader
    self.plan = plan
    self.granularities = granularities
  }

  mutating func convolution(
    _ name: String, shape: Shape
  ) throws(InputError) -> (weight: Tensor, bias: [Float]?) {
    let index = weights.count
    guard index < plan.layers.count, plan.layers[index].name == name else {
      throw reader.fault("the plan has no bit-width for \(name)")
    }
    let codes = try reader.codes(
      name, shape: shape, bitWidth: plan.bitWidths[index], granularity: granularities[index])
    weights.append(codes)
    let bias = try bias(of: name, count: shape[0])
    entryCount += bias == nil ? 3 : 4
    return (codes.dequantized(), bias)
  }

  private func bias(of layer: String, count: Int) throws(InputError) -> [Float]? {
    let name = "\(layer).bias"
    guard reader.file[name] != nil else { return nil }
    return try finite(name, count: count)
  }

  mutating func batchNorm(
    _ name: String, channels: Int, epsilon: Double
  ) throws(InputError) -> BatchNorm {
    func values(_ tensor: NormalizationTensor) throws(InputError) -> [Float] {
      try finite("\(name).\(tensor.rawValue)", count: channels)
    }
    entryCount += NormalizationTensor.allCases.count
    return BatchNorm(
      scale: try values(.scale), shift: try values(.shift), mean: try values(.mean),
      variance: try values(.variance), epsilon: epsilon)
  }

  private func finite(_ name: String, count: Int) throws(InputError) -> [Float] {
    let values = try reader.entry(name, .float32).tensor.scalars
    guard values.count == count else {
      throw reader.fault("\(name) has \(values.count) values for \(count) channels")
    }
    guard values.allSatisfy(\.isFinite) else { throw reader.fault("\(name) is not finite") }
    return values
  }
}

extension PackedModel {
  /// Returns a line for every layer whose codes, scales or zero points are not valid.
  static func layerFaults(in file: SafetensorsFile, at place: String) -> [String] {
    let reader = PackedReader(file: file, place: place)
    guard let plan = try? reader.value(BitPlan.self, Key.plan),
      let granularities = try? reader.value([Granularity].self, Key.granularities),
      let outline = try? reader.value(GraphOutline.self, Key.network),
      granularities.count == plan.layers.count
    else { return ["the metadata do not describe the layers"] }
    let shapes = outline.layerShapes
    return plan.layers.indices.compactMap { index in
      let name = plan.layers[index].name
      guard let shape = shapes[name] else { return "the network has no layer \(name)" }
      do throws(InputError) {
        _ = try reader.codes(
          name, shape: shape, bitWidth: plan.bitWidths[index], granularity: granularities[index])
        return nil
      } catch { return "\(name): \(error.reason)" }
    }
  }
}

extension GraphOutline {
  /// The shapes of the layers' weights, as far as they are valid.
  fileprivate var layerShapes: [String: Shape] {
    let layers = nodes.compactMap { node in
      node.shape.flatMap { shape in
        shape.count == 4 && shape.prefix(2).allSatisfy { (1...1 << 20).contains($0) }
          && shape.suffix(2).allSatisfy { (1...63).contains($0) }
          ? (node.name, Shape(shape)) : nil
      }
    }
    return Dictionary(layers, uniquingKeysWith: { first, _ in first })
  }
}
