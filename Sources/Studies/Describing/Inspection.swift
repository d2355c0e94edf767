package import Datasets
import Execution
package import Files
package import Foundation
import Graphs
package import MixQuantKit
import Quantization
import Reports
import Tensors

/// The content of a model file, as text and as JSON.
package struct Inspection: Encodable, Sendable {
  /// A convolution, or the head.
  package struct Layer: Encodable, Sendable {
    let name: String
    let role: String
    let weights: [Int]
    /// The bits of a weight; 32 in full precision.
    let bits: Int
    /// The multiply-adds for one image.
    let multiplyAdds: Int
    /// The shape of the output for one image, (OC, OH, OW).
    let output: [Int]
    /// The kind of numbers that it computes with: codes, pixels or floating point, and the reason.
    let arithmetic: String
    /// The bytes in a packed file; absent for a checkpoint.
    let bytes: LayerBytes?
  }

  /// The activations of a site.
  package struct Activations: Encodable, Sendable {
    let site: String
    let bits: Int
    /// The number of elements for one image.
    let elements: Int
  }

  let file: String
  package let sha256: String
  let format: String
  let architecture: String
  let layout: String
  let classes: Int
  let parameters: Int
  let elementTypes: [String: Int]
  let notes: [String]
  let assumed: [String]
  let inertGlobals: [String]
  let ignoredTensors: [String]
  let transform: String
  private(set) var provenance: Provenance?
  let payloadBytes: Int
  /// The size of the file.
  let fileBytes: Int
  let layers: [Layer]
  /// The sites with a grid; absent if there are none.
  let activations: [Activations]?
  /// The engine that computes the model, and the reason.
  let engine: String
  /// The operations besides layers that a network with codes computes in floating point.
  let inFloatingPoint: [String]

  /// Opens the file at `url`; throws the errors of the readers, and `usage` for flags out of range.
  package init(
    contentsOf url: URL, options: CheckpointOptions = .init(), flags: TransformFlags = .init()
  ) throws(InputError) {
    let model = try Model(contentsOf: url, options: options)
    let transform = try model.transform(flags: flags, url: url)
    self.init(
      of: model, url: url, transform: transform, sha256: try model.digest(of: url),
      fileBytes: try InputFile.byteCount(of: model.file(at: url)))
  }

  private init(
    of model: Model, url: URL, transform: TransformChoice, sha256: String, fileBytes: Int
  ) {
    file = url.lastPathComponent
    self.fileBytes = fileBytes
    self.sha256 = sha256
    self.transform = "\(transform.transform.description) (\(transform.reason))"
    classes = model.classCount
    let facts = model.facts
    (format, layout, elementTypes) = (facts.format, facts.layout, facts.elementTypes)
    (notes, assumed) = (facts.notes, model.assumptions)
    (inertGlobals, ignoredTensors) = (facts.inertGlobals, facts.ignoredTensors)
    let network: Graph
    let bits: [Int]
    var grids: [Site: UniformAffine] = [:]
    var bytes: [LayerBytes] = []
    switch model {
    case .checkpoint(let checkpoint):
      network = checkpoint.unfolded
      bits = network.layers.map { _ in 32 }
      payloadBytes = checkpoint.payloadBytes
    case .packed(let packed):
      network = packed.network.network
      bits = packed.network.bitWidths.map(\.bits)
      grids = packed.network.activationGrids
      provenance = packed.provenance
      payloadBytes = packed.payloadBytes
      bytes = packed.layerBytes
    }
    architecture = network.name
    let inputSize = transform.transform.usualInputSize
    let sizes = network.layerSizes(inputSize: inputSize)
    parameters = network.parameterCount
    let arithmetic = model.classifier.arithmetic(
      inputSize: inputSize, scaling: transform.transform.scaling)
    layers = network.layers.indices.map { index in
      let (layer, size) = (network.layers[index], sizes[index])
      return Layer(
        name: layer.name, role: size.role.rawValue, weights: layer.weight.shape.dimensions,
        bits: bits[index], multiplyAdds: size.multiplyAdds, output: size.outputShape.dimensions,
        arithmetic: arithmetic.layers[index],
        bytes: bytes.isEmpty ? nil : bytes[index])
    }
    engine = model.classifier.engineDescription()
    inFloatingPoint = arithmetic.inFloatingPoint
    let quantized = network.siteSizes(inputSize: inputSize).compactMap { size in
      grids[size.site].map {
        Activations(site: size.site, bits: $0.bitWidth.bits, elements: size.elementCount)
      }
    }
    activations = quantized.isEmpty ? nil : quantized
  }

  /// Returns the content as text: statements, then tables of the layers and of activations.
  ///
  /// - Parameter width: The number of columns that tables may take.
  package func text(width: Int = .max) -> String {
    var lines = [
      "file          \(file.printable())", "sha-256       \(sha256)", "format        \(format)",
      "architecture  \(architecture), \(classes) classes, \(parameters) parameters",
      "layout        \(layout)", "transform     \(transform)",
      String(format: "weights       %.3f MiB", payloadBytes.mebibytes),
    ]
    let types = elementTypes.sorted { $0.key < $1.key }.map { "\($0.value) × \($0.key)" }
    if !types.isEmpty { lines.append("tensors       \(types.joined(separator: ", "))") }
    lines.append("engine        \(engine)")
    lines += inFloatingPoint.map { "in floats     \($0)" }
    lines += notes.printable().map { "note          \($0)" }
    lines += assumed.map { "assumed       \($0)" }
    lines += inertGlobals.printable().map {
      "inert         \($0) (named in the pickle, not executed)"
    }
    if !ignoredTensors.isEmpty {
      lines.append(
        "ignored       \(ignoredTensors.count) tensors, such as "
          + ignoredKinds.prefix(6).joined(separator: ", "))
    }
    if let provenance { lines.append("made by       \(json(provenance))") }
    let table = Table(
      layers,
      [
        .words("layer") { $0.name }, .words("role") { $0.role },
        .number("weights") { Shape($0.weights).description }, .count("bits") { $0.bits },
        .number("output") { Shape($0.output).description },
        .count("multiply-adds") { $0.multiplyAdds }, .words("arithmetic") { $0.arithmetic },
      ])
    return (lines + ["", table.text(width: width)] + byteTable(width) + activationTable(width))
      .joined(separator: "\n")
  }

  /// Returns a table of the bytes of each layer in a packed file, and the excess of the file over them.
  private func byteTable(_ width: Int) -> [String] {
    let bytes = layers.compactMap(\.bytes)
    guard !bytes.isEmpty else { return [] }
    let sum = bytes.reduce(.none, +)
    let table = Table(
      zip(layers.map(\.name) + ["all layers"], bytes + [sum]),
      [
        .words("bytes") { $0.0 }, .count("codes") { $0.1.codes }, .count("scales") { $0.1.scales },
        .count("zero points") { $0.1.zeroPoints }, .count("bias") { $0.1.bias },
        .count("together") { $0.1.total },
      ])
    let excess = Double(fileBytes) / Double(max(1, sum.total)) - 1
    let file =
      "file          \(fileBytes) bytes, "
      + String(format: "%.2f %% above the layers", 100 * excess)
    return ["", table.text(width: width), "", file]
  }

  /// One ignored tensor for each last part of the ignored tensors' names.
  private var ignoredKinds: [String] {
    var kinds: Set<Substring> = []
    return ignoredTensors.filter { kinds.insert($0.split(separator: ".").last ?? "").inserted }
      .map { $0.printable() }
  }

  private func activationTable(_ width: Int) -> [String] {
    guard let activations else { return [] }
    let table = Table(
      activations,
      [
        .words("activations") { $0.site }, .count("elements") { $0.elements },
        .count("bits") { $0.bits },
      ])
    return ["", table.text(width: width)]
  }
}
