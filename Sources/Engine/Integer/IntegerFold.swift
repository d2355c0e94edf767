internal import Execution
internal import Graphs
internal import Quantization
internal import Tensors

/// The fold over a graph that gives every fused node its arithmetic.
struct IntegerFold {
  private(set) var operations: [IntegerOperation] = []
  let grids: [UniformAffine?]
  let graph: Graph
  let shapes: [Shape]
  let scaling: PixelScaling?
  let biases: BiasForm
  private let fusedNodes: [FusedNode]
  private let readers: [[Int]]
  /// The codes of each layer's weights, by node.
  let codes: [Int: QuantizedTensor]
  /// The integer weights of each layer, by node.
  let weights: [Int: IntegerWeights]
  /// The mean that is computed together with the last layer, if there is one.
  private(set) var pooling: Int?
  /// The unit of the floats of projections, by node: the scale of the sum that reads them.
  private(set) var projectionUnits: [Int: UniformAffine] = [:]

  init(_ network: QuantizedNetwork, shapes: [Shape], scaling: PixelScaling?, context: Context) {
    let graph = network.network
    self.graph = graph
    self.shapes = shapes
    self.scaling = scaling
    biases = network.biases
    let chosen = network.gridNodes
    // The value of a node with a grid must be computed, so nothing after it is fused into it.
    fusedNodes = graph.fusedNodes(keeping: Set(chosen.keys))
    readers = graph.readers
    var grids: [UniformAffine?] = []
    for (index, node) in graph.nodes.enumerated() {
      switch node.operation {
      case .maxPool, .subsample: grids.append(chosen[index] ?? grids[node.inputs[0]])
      default: grids.append(chosen[index])
      }
    }
    self.grids = grids
    let layers = graph.layers
    let tensors = network.weights
    let integers = context.map(layers.count) {
      IntegerWeights(tensors[$0], geometry: layers[$0].geometry)
    }
    let nodes = layers.map(\.node)
    codes = Dictionary(uniqueKeysWithValues: zip(nodes, tensors))
    weights = Dictionary(uniqueKeysWithValues: zip(nodes, integers))
  }

  mutating func run() {
    if isHeadOnCodes { pooling = graph.nodes.count - 2 }
    for fused in fusedNodes {
      if let residual = fused.residual, let grid = grids[fused.output],
        isProjection(residual, besides: fused.node)
      {
        projectionUnits[residual] = grid
      }
    }
    for fused in fusedNodes where fused.node != pooling {
      operations.append(operation(fused))
    }
  }

  /// Returns true if `node` and `layer` are layers on codes and only the sum after them reads `node`.
  private func isProjection(_ node: Int, besides layer: Int) -> Bool {
    biases == .float && readers[node].count == 1 && grids[node] == nil && isOnCodes(node)
      && isOnCodes(layer)
  }

  private func operation(_ fused: FusedNode) -> IntegerOperation {
    let node = graph.nodes[fused.node]
    let kind = kind(of: fused, node)
    var inputs = node.inputs
    if case .head = kind { inputs = graph.nodes[inputs[0]].inputs }
    return IntegerOperation(
      name: node.name, fused: fused, inputs: inputs, kind: kind, tail: tail(of: fused, kind))
  }

  private func kind(of fused: FusedNode, _ node: Node) -> IntegerOperation.Kind {
    let grid = grids[fused.output]
    switch node.operation {
    case .convolution(let convolution): return layer(fused, node, convolution)
    case .maxPool, .subsample:
      return grids[node.inputs[0]] == nil || grids[node.inputs[0]] != grid
        ? .float(grids[node.inputs[0]] == nil ? .floatInput : .noKernel) : .selection
    case .averagePool(let window):
      guard let input = grids[node.inputs[0]] else { return .float(.floatInput) }
      return .average(window, average(input, fused))
    case .globalAveragePool:
      guard let input = grids[node.inputs[0]] else { return .float(.floatInput) }
      return .average(nil, average(input, fused))
    case .add:
      guard let left = grids[node.inputs[0]], let right = grids[node.inputs[1]], let grid else {
        return .float(.floatInput)
      }
      return .sum(SumOfCodes(left, right, result: grid, relu: fused.hasReLU))
    default: return .float(node.inputs.allSatisfy { grids[$0] == nil } ? .floatInput : .noKernel)
    }
  }

  private func average(_ input: UniformAffine, _ fused: FusedNode) -> AverageOfCodes {
    let grid = grids[fused.output]
    return AverageOfCodes(
      zeroPoint: input.zeroPoint,
      multiplier: Double(input.scale) / (grid.map { Double($0.scale) } ?? 1),
      codes: grid.map { CodeRange($0, relu: fused.hasReLU) })
  }

  private func tail(of fused: FusedNode, _ kind: IntegerOperation.Kind) -> FloatTail {
    let floats = FloatTail(relu: fused.hasReLU, grid: grids[fused.output])
    switch kind {
    case .float:
      return FloatTail(residual: fused.residual, relu: fused.hasReLU, grid: floats.grid)
    case .layer(let layer), .head(let layer):
      return layer.requantization.codes == nil ? floats : FloatTail()
    case .pixels(let layer): return layer.codes == nil ? floats : FloatTail()
    case .average(_, let average): return average.codes == nil ? floats : FloatTail()
    case .selection, .sum: return FloatTail()
    }
  }
}
