package import Checkpoints
package import Files
package import Graphs

/// A network that was read from an ONNX file.
package struct ONNXNetwork: Sendable {
  package let graph: Graph
  package let report: ArchitectureReport
  /// One line for each part that was left out.
  package let notes: [String]
  /// The number of initializers of each element type that the network uses.
  package let elementTypes: [String: Int]
  /// The height and width of images, if the file fixes them.
  package let imageSize: (height: Int, width: Int)?

  /// Converts the graph of `file`.
  ///
  /// Units are found by the nodes through which all paths lead. A layer has the name of its original
  /// module if the file has kept it.
  ///
  /// - Throws: `badData` that names the first node that is not supported, and its operation.
  package init(_ file: ONNXFile) throws(InputError) {
    let converter = try ONNXConverter(file)
    let layout = FoundUnits(converter.steps)
    let names = ONNXNames(converter.steps, units: layout.units)
    let nodes = converter.steps.enumerated().map { index, step in
      Node(names.nodes[index], step.operation, step.inputs)
    }
    let depth = layout.depth
    let name =
      layout.blockCount > 0
      ? "residual network of depth \(depth), \(layout.blockCount) blocks"
      : "network of \(depth) layers"
    graph = Graph(
      name: name, nodes: nodes,
      units: zip(names.units, layout.units).map { Unit(name: $0, nodes: $1) })
    notes = converter.notes
    elementTypes = converter.constants.used.sorted().reduce(into: [:]) { types, name in
      guard let tensor = converter.constants.initializer(name) else { return }
      types["\(tensor.elementType)", default: 0] += 1
    }
    let input = converter.values.values.first { $0.step == 0 }
    imageSize = input?.height.flatMap { height in input?.width.map { (height, $0) } }
    let producer = [file.model.producerName, file.model.producerVersion]
      .filter { !$0.isEmpty }.joined(separator: " ").printable(limit: 60)
    report = ArchitectureReport(
      architecture: name, layout: producer.isEmpty ? "ONNX" : "ONNX by \(producer)",
      assumptions: [], notes: [], inputChannels: graph.inputChannels, smallImages: nil,
      normalization: nil, suitsSmallImages: layout.suitsSmallImages,
      ignoredTensors: converter.constants.names.subtracting(converter.constants.used).sorted())
  }
}
