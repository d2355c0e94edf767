import Checkpoints
package import Datasets
import Execution
package import Files
package import Foundation
import Graphs
package import MixQuantKit
import Networks
import Quantization
import Reports
import Tensors

/// The content of a model file, for people and as JSON.
package struct Inspection: Codable, Sendable {
  /// A convolution, or the head.
  package struct Layer: Codable, Sendable {
    let name: String
    let role: String
    let weights: [Int]
    /// 32 in full precision.
    let bits: Int
    /// Multiply-adds for one image.
    let multiplyAdds: Int
    /// The output of one image, (OC, OH, OW).
    let output: [Int]

    private enum CodingKeys: String, CodingKey {
      case name, role, weights, bits, output
      case multiplyAdds = "multiply_adds"
    }

    init(_ layer: Graphs.Layer, _ size: LayerSize, bits: Int) {
      name = layer.name
      role = size.role.rawValue
      weights = layer.weight.shape.dimensions
      self.bits = bits
      multiplyAdds = size.multiplyAdds
      output = size.outputShape.dimensions
    }
  }

  /// The activations of a site.
  package struct Activations: Codable, Sendable {
    let site: String
    let bits: Int
    /// The number of elements for one image.
    let elements: Int
  }

  let file: String
  let sha256: String
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
  let provenance: Provenance?
  let payloadBytes: Int
  let layers: [Layer]
  /// The sites with a grid; absent if there are none.
  let activations: [Activations]?

  private enum CodingKeys: String, CodingKey {
    case file, sha256, format, architecture, layout, classes, parameters, notes, assumed
    case transform, provenance, layers, activations
    case elementTypes = "element_types"
    case inertGlobals = "inert_globals"
    case ignoredTensors = "ignored_tensors"
    case payloadBytes = "payload_bytes"
  }

  /// Opens the file at `url` and hashes it meanwhile on another thread; throws what either throws, and
  /// for flags out of range.
  package init(
    contentsOf url: URL, options: CheckpointOptions = .init(), flags: TransformFlags = .init()
  ) throws(InputError) {
    let digest = Future(context: Context(threads: 2)) {
      Result { () throws(InputError) in try SHA256.hexDigest(ofFile: url) }
    }
    let model = try Model(contentsOf: url, options: options)
    let transform = try model.transform(flags: flags, url: url)
    var sha256 = try digest.value().get()
    if case .checkpoint(let checkpoint) = model, checkpoint.hasOtherFiles {
      sha256 = try checkpoint.digest()
    }
    self.init(of: model, url: url, transform: transform, sha256: sha256)
  }

  private init(of model: Model, url: URL, transform: TransformChoice, sha256: String) {
    file = url.lastPathComponent
    self.sha256 = sha256
    self.transform = "\(transform.transform.description) (\(transform.reason))"
    classes = model.classCount
    let network: Graph
    let bits: [Int]
    var grids: [Site: UniformAffine] = [:]
    switch model {
    case .checkpoint(let checkpoint):
      network = checkpoint.unfolded
      bits = network.layers.map { _ in 32 }
      format = checkpoint.file.format
      layout = checkpoint.report.layout
      elementTypes = checkpoint.file.elementTypes
      notes = checkpoint.file.notes
      assumed = checkpoint.report.assumptions
      inertGlobals = checkpoint.file.inertGlobals
      ignoredTensors = checkpoint.report.ignoredTensors
      provenance = nil
      payloadBytes = checkpoint.payloadBytes
    case .packed(let packed):
      network = packed.network.network
      bits = packed.network.bitWidths.map(\.bits)
      grids = packed.network.activationGrids
      format = "packed by mixq"
      layout = "mixq"
      elementTypes = [:]
      notes = ["plan: \(packed.plan.rule)"]
      assumed = []
      inertGlobals = []
      ignoredTensors = []
      provenance = packed.provenance
      payloadBytes = packed.payloadBytes
    }
    architecture = network.name
    let inputSize = transform.transform.usualInputSize
    let sizes = network.layerSizes(inputSize: inputSize)
    parameters = network.parameterCount
    layers = network.layers.indices.map {
      Layer(network.layers[$0], sizes[$0], bits: bits[$0])
    }
    let quantized = network.siteSizes(inputSize: inputSize).compactMap { size in
      grids[size.site].map {
        Activations(site: size.site, bits: $0.bitWidth.bits, elements: size.elementCount)
      }
    }
    activations = quantized.isEmpty ? nil : quantized
  }

  /// Statements, then a table of the layers.
  package var text: String {
    var lines = [
      "file          \(file.printable())", "sha-256       \(sha256)", "format        \(format)",
      "architecture  \(architecture), \(classes) classes, \(parameters) parameters",
      "layout        \(layout)", "transform     \(transform)",
      String(format: "weights       %.3f MiB", payloadBytes.mebibytes),
    ]
    let types = elementTypes.sorted { $0.key < $1.key }.map { "\($0.value) × \($0.key)" }
    if !types.isEmpty { lines.append("tensors       \(types.joined(separator: ", "))") }
    lines += notes.printable().map { "note          \($0)" }
    lines += assumed.map { "assumed       \($0)" }
    lines += inertGlobals.printable().map {
      "inert         \($0) (named in the pickle, not executed)"
    }
    if !ignoredTensors.isEmpty {
      lines.append(
        "ignored       \(ignoredTensors.count) tensors, such as \(ignoredTensors[0].printable())")
    }
    if let provenance { lines.append("made by       \(json(provenance))") }
    var table = Table([
      ("layer", .left), ("role", .left), ("weights", .right), ("bits", .right),
      ("output", .right), ("multiply-adds", .right),
    ])
    for layer in layers {
      table.append([
        layer.name, layer.role, Shape(layer.weights).description, String(layer.bits),
        Shape(layer.output).description, String(layer.multiplyAdds),
      ])
    }
    return (lines + ["", table.text] + activationTable).joined(separator: "\n")
  }

  private var activationTable: [String] {
    guard let activations else { return [] }
    var table = Table([("activations", .left), ("elements", .right), ("bits", .right)])
    for entry in activations {
      table.append([entry.site, String(entry.elements), String(entry.bits)])
    }
    return ["", table.text]
  }
}
