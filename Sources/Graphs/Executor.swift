package import Execution
package import Tensors

/// A function that returns the activations to use at a site instead of those computed there.
package typealias ActivationMap = @Sendable (Site, Tensor) -> Tensor

/// An evaluation of a graph's nodes in order, which frees each value after its last reader.
///
/// A ReLU is computed together with the convolution or sum before it if nothing else reads their
/// value. The bits of the result are the same either way.
package struct Executor: Sendable {
  private let graph: Graph
  private let fusion: ReLUFusion
  private let lastReaders: [Int]
  /// True if values stay after their last reader.
  private let keepsValues: Bool
  /// The value of each node as its readers see it.
  ///
  /// It is nil before it is computed, and for a node that is fused into its ReLU.
  package private(set) var values: [Tensor?]
  /// The outputs of ReLUs before `activations` changed them, by node; kept if values are kept.
  private(set) var rectified: [Int: Tensor] = [:]

  /// Creates the evaluation of `graph` for `input`.
  ///
  /// - Parameters:
  ///   - input: The value of node 0, (N, C, H, W).
  ///   - keepsValues: True to keep all values for a backward pass.
  package init(_ graph: Graph, input: Tensor, keepsValues: Bool = false) {
    self.graph = graph
    self.keepsValues = keepsValues
    let readers = graph.readers
    fusion = ReLUFusion(of: graph, readers: readers)
    lastReaders = readers.map { $0.last ?? graph.nodes.count }
    values = [Tensor?](repeating: nil, count: graph.nodes.count)
    values[0] = input
  }

  /// Computes a node; all earlier nodes must be computed.
  ///
  /// A node that is fused into the ReLU after it is computed together with that ReLU.
  ///
  /// - Parameter activations: Changes the value if the node is a site.
  package mutating func evaluate(
    _ index: Int, activations: ActivationMap? = nil, context: Context = .serial
  ) {
    guard !fusion.isFused(index) else { return }
    let source = fusion.source(ofReLU: index)
    let value = compute(source ?? index, relu: source != nil, context: context)
    guard let activations, graph.nodes[index].operation == .relu else {
      values[index] = value
      return
    }
    if keepsValues { rectified[index] = value }
    values[index] = activations(graph.nodes[index].name, value)
  }

  /// Replaces the value of a computed node.
  package mutating func replace(_ index: Int, by value: Tensor) { values[index] = value }

  /// The value of the last node.
  package var output: Tensor { value(values.count - 1) }

  private func value(_ index: Int) -> Tensor {
    guard let value = values[index] else {
      preconditionFailure("\(graph.nodes[index].name) is not computed")
    }
    return value
  }

  /// Returns the value of a node and frees the values that no later node reads.
  ///
  /// - Parameter relu: True to apply a ReLU to the value.
  private mutating func compute(_ index: Int, relu: Bool, context: Context) -> Tensor {
    let inputs = graph.nodes[index].inputs
    defer { free(inputs, after: index) }
    switch graph.nodes[index].operation {
    case .convolution(let convolution):
      return convolution(value(inputs[0]), relu: relu, context: context)
    case .add:
      var sum = take(inputs[0], for: index)
      if relu { sum.addThenReLU(value(inputs[1])) } else { sum.add(value(inputs[1])) }
      return sum
    case .relu:
      var output = take(inputs[0], for: index)
      output.relu()
      return output
    case let operation: return operation.forward(inputs.map(value), context: context)
    }
  }

  /// Returns a value that may be overwritten; it is the only copy if `reader` is its last reader.
  private mutating func take(_ index: Int, for reader: Int) -> Tensor {
    let taken = value(index)
    if !keepsValues, lastReaders[index] == reader { values[index] = nil }
    return taken
  }

  private mutating func free(_ inputs: [Int], after reader: Int) {
    guard !keepsValues else { return }
    for input in inputs where lastReaders[input] == reader { values[input] = nil }
  }
}

/// The convolutions and sums that are fused into the ReLU after them: those that nothing else reads.
struct ReLUFusion: Sendable {
  private let sources: [Int?]
  private let fused: Set<Int>

  init(of graph: Graph, readers: [[Int]]) {
    sources = graph.nodes.map { node in
      guard node.operation == .relu, readers[node.inputs[0]].count == 1 else { return nil }
      switch graph.nodes[node.inputs[0]].operation {
      case .convolution, .add: return node.inputs[0]
      default: return nil
      }
    }
    fused = Set(sources.compactMap { $0 })
  }

  /// Returns true if node `index` is fused into the ReLU after it.
  func isFused(_ index: Int) -> Bool { fused.contains(index) }

  /// Returns the node that is computed together with the ReLU at `index`, or nil.
  func source(ofReLU index: Int) -> Int? { sources[index] }
}

extension Graph {
  /// Returns the output for `input` (N, C, H, W).
  ///
  /// - Parameter activations: Changes the activations at each site.
  package func callAsFunction(
    _ input: Tensor, activations: ActivationMap? = nil, context: Context = .serial
  ) -> Tensor {
    var executor = Executor(self, input: input)
    for index in nodes.indices.dropFirst() {
      executor.evaluate(index, activations: activations, context: context)
    }
    return executor.output
  }

  /// Returns the logits (N, classes) of `images` (N, C, H, W).
  ///
  /// - Parameter activations: Changes the activations at each site.
  package func logits(
    _ images: Tensor, activations: ActivationMap? = nil, context: Context = .serial
  ) -> Tensor {
    self(images, activations: activations, context: context).flattened()
  }
}

extension Tensor {
  /// Returns the tensor with its 1×1 maps as scalars: (N, C, 1, 1) → (N, C).
  package func flattened() -> Tensor {
    reshaped([rowCount, scalars.count / max(rowCount, 1)])
  }
}
