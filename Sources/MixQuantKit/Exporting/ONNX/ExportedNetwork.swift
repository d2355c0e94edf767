import Graphs
package import Quantization
import Tensors

/// The flavours of ONNX files.
package enum ExportFlavour: String, CaseIterable, Sendable {
  /// The network as it was quantized: images and sums before a ReLU stay in floating point.
  case faithful
  /// The network with more grids, at the image and before sums, so that runtimes compute it in integers.
  case deploy

  /// A short description for users.
  package var summary: String {
    switch self {
    case .faithful: "the network as quantized"
    case .deploy: "with further grids, so that runtimes compute all of it in integers"
    }
  }
}

/// A quantized network with the grids of its values, as an ONNX file states it.
package struct ExportedNetwork: Sendable {
  package let flavour: ExportFlavour
  /// The folded network; its weights are those of the codes.
  let graph: Graph
  /// The stored weights of each layer, by node.
  let weights: [Int: StoredWeights]
  /// The grid of each node whose value is rounded.
  let grids: [Int: UniformAffine]
  /// The grid of each node whose value consists of codes, because it is rounded or selects codes.
  let codeGrids: [UniformAffine?]

  init(
    _ flavour: ExportFlavour, graph: Graph, weights: [Int: StoredWeights],
    grids: [Int: UniformAffine]
  ) {
    self.flavour = flavour
    self.graph = graph
    self.weights = weights
    self.grids = grids
    var codeGrids: [UniformAffine?] = []
    for (index, node) in graph.nodes.enumerated() {
      codeGrids.append(
        grids[index] ?? (node.operation.selects ? codeGrids[node.inputs[0]] : nil))
    }
    self.codeGrids = codeGrids
  }

  /// The network as quantized, with grids at the ReLUs that have one.
  package init(faithful network: QuantizedNetwork, width: StoredWeights.Width = .int8) {
    let graph = network.network
    let grids = graph.siteNodes.compactMap { node in
      network.activationGrids[graph.nodes[node].name].map { (node, $0) }
    }
    let weights = zip(graph.layers, network.weights).map { layer, codes in
      (layer.node, StoredWeights(codes, width: width))
    }
    self.init(
      .faithful, graph: graph, weights: Dictionary(uniqueKeysWithValues: weights),
      grids: Dictionary(uniqueKeysWithValues: grids))
  }

  /// Returns the node at which the value of node `index` is rounded: itself, or the ReLU after it.
  ///
  /// It is nil if the value is used in floating point.
  func roundedNode(after index: Int) -> Int? {
    if grids[index] != nil { return index }
    let readers = graph.nodes.indices.filter { graph.nodes[$0].inputs.contains(index) }
    guard readers.count == 1, graph.nodes[readers[0]].operation == .relu,
      let grid = grids[readers[0]], grid.zeroPoint == 0
    else { return nil }
    return readers[0]
  }

  /// Returns true if runtimes can compute a layer from codes to codes.
  func isInteger(_ layer: Layer) -> Bool {
    codeGrids[graph.nodes[layer.node].inputs[0]] != nil && roundedNode(after: layer.node) != nil
      && weights[layer.node]?.container.isByte == true
  }
}

extension Operation {
  /// True if every value of the output is a value of the input, or zero.
  var selects: Bool {
    switch self {
    case .maxPool, .subsample: true
    default: false
    }
  }
}
