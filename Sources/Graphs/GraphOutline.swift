package import Files
package import Tensors

/// The structure of a graph without its tensors, as files store it.
package struct GraphOutline: Codable, Equatable, Sendable {
  /// A node without its tensors.
  package struct Node: Codable, Equatable, Sendable {
    package let name: String
    /// The name of the operation in files; see `Operation.name`.
    package let operation: String
    /// The indices of the nodes that it reads.
    package let inputs: [Int]
    /// The shape of a convolution's weights, (OC, C/groups, KH, KW).
    package private(set) var shape: [Int]?
    /// The groups of a convolution.
    package private(set) var groups: Int?
    /// The channels of a batch normalisation.
    package private(set) var channels: Int?
    /// The ε of a batch normalisation.
    package private(set) var epsilon: Double?
    /// The height and width of a pooling's window.
    package private(set) var kernel: Int?
    /// True if the last window of a pooling may extend beyond the edge.
    package private(set) var roundsUp: Bool?
    /// The stride of a convolution, a pooling, a blur or a subsampling.
    package private(set) var stride: Int?
    /// The zeros around the maps of a convolution or a pooling, or the channels that subsampling adds.
    package private(set) var padding: Int?
  }

  /// The first node and the number of nodes of a unit.
  package struct Unit: Codable, Equatable, Sendable {
    package let name: String
    package let first: Int
    package let count: Int
  }

  /// The name of the network for people.
  package let name: String
  /// The nodes in topological order.
  package let nodes: [Node]
  /// The units in order.
  package let units: [Unit]

  /// Creates the outline of `graph`.
  package init(of graph: Graph) {
    name = graph.name
    nodes = graph.nodes.map(Node.init)
    units = graph.units.map {
      Unit(name: $0.name, first: $0.nodes.lowerBound, count: $0.nodes.count)
    }
  }
}

/// A source of a graph's tensors, by the name of the node.
package protocol GraphTensors {
  /// Returns the weights of shape `shape` and the bias if there is one.
  mutating func convolution(
    _ name: String, shape: Shape
  ) throws(InputError) -> (weight: Tensor, bias: [Float]?)

  /// Returns the normalisation of `channels` channels.
  mutating func batchNorm(
    _ name: String, channels: Int, epsilon: Double
  ) throws(InputError) -> BatchNorm
}

extension GraphOutline {
  /// Returns the graph with tensors from `tensors`, which are requested in the order of the nodes.
  ///
  /// - Throws: The errors of `tensors`, and `badData` if the nodes do not form a network.
  package func graph(_ tensors: inout some GraphTensors) throws(InputError) -> Graph {
    try validate()
    var built: [Graphs.Node] = []
    for node in nodes {
      built.append(Graphs.Node(node.name, try operation(of: node, &tensors), node.inputs))
    }
    let graph = Graph(
      name: name, nodes: built,
      units: units.map { Graphs.Unit(name: $0.name, nodes: $0.first..<$0.first + $0.count) })
    try graph.validateChannels()
    return graph
  }

  private func operation(
    of node: Node, _ tensors: inout some GraphTensors
  ) throws(InputError) -> Operation {
    switch node.operation {
    case "convolution":
      let (weight, bias) = try tensors.convolution(node.name, shape: Shape(node.shape ?? []))
      return .convolution(
        Convolution(
          weight: weight, bias: bias,
          geometry: .init(
            stride: node.stride ?? 1, padding: node.padding ?? 0, groups: node.groups ?? 1)))
    case "batch_norm":
      return .batchNorm(
        try tensors.batchNorm(
          node.name, channels: node.channels ?? 0, epsilon: node.epsilon ?? 1e-5))
    default:
      guard let operation = node.plainOperation else {
        throw Self.misfit(node.name, "its operation \(node.operation) is unknown")
      }
      return operation
    }
  }
}

extension GraphOutline.Node {
  fileprivate init(_ node: Node) {
    name = node.name
    inputs = node.inputs
    operation = node.operation.name
    switch node.operation {
    case .convolution(let convolution):
      shape = convolution.weight.shape.dimensions
      stride = convolution.geometry.stride
      padding = convolution.geometry.padding
      groups = convolution.geometry.groups
    case .batchNorm(let batchNorm):
      channels = batchNorm.channels
      epsilon = batchNorm.epsilon
    case .maxPool(let window), .averagePool(let window):
      kernel = window.kernel
      stride = window.stride
      padding = window.padding
      roundsUp = window.roundsUp
    case .blur(let blur): stride = blur.stride
    case .subsample(let subsample):
      stride = subsample.stride
      padding = subsample.padding
    case .input, .relu, .sigmoid, .add, .multiply, .globalAveragePool: break
    }
  }

  /// The operation, if it has no tensors.
  var plainOperation: Operation? {
    let window = Window(
      kernel: kernel ?? 0, stride: stride ?? 0, padding: padding ?? 0, roundsUp: roundsUp ?? false)
    switch operation {
    case "input": return .input
    case "relu": return .relu
    case "sigmoid": return .sigmoid
    case "add": return .add
    case "multiply": return .multiply
    case "max_pool": return .maxPool(window)
    case "average_pool": return .averagePool(window)
    case "global_average_pool": return .globalAveragePool
    case "blur": return .blur(Blur(stride: stride ?? 0))
    case "subsample":
      return .subsample(Subsample(stride: stride ?? 0, padding: padding ?? -1))
    default: return nil
    }
  }
}

extension Operation {
  /// The name of the operation in files.
  package var name: String {
    switch self {
    case .input: "input"
    case .convolution: "convolution"
    case .batchNorm: "batch_norm"
    case .relu: "relu"
    case .sigmoid: "sigmoid"
    case .add: "add"
    case .multiply: "multiply"
    case .maxPool: "max_pool"
    case .averagePool: "average_pool"
    case .globalAveragePool: "global_average_pool"
    case .blur: "blur"
    case .subsample: "subsample"
    }
  }
}
