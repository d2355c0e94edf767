package import Graphs
internal import Tensors

/// A node together with the sum and the ReLU behind it: what one kernel call computes.
package struct FusedNode: Sendable, Equatable {
  /// The node whose operation is computed.
  package let node: Int
  /// The node whose value is added to it before the ReLU, if any.
  package let residual: Int?
  package let hasReLU: Bool
  /// The node whose value comes out: `node` itself, the sum or the ReLU.
  package let output: Int
}

extension Graph {
  /// The nodes behind the input as fused kernel calls, in the order of their outputs.
  ///
  /// A sum is fused into the convolution before it that nothing else reads, and into the first of two such;
  /// a ReLU into whatever it alone reads.
  package var fusedNodes: [FusedNode] {
    let readers = readers
    var absorbed: Set<Int> = []
    var residuals: [Int: (convolution: Int, residual: Int)] = [:]
    for (index, node) in nodes.enumerated() where node.operation == .add {
      let isFused = node.inputs.map { input in
        if case .convolution = nodes[input].operation { readers[input] == [index] } else { false }
      }
      guard let place = isFused.firstIndex(of: true), node.inputs[0] != node.inputs[1] else {
        continue
      }
      residuals[index] = (node.inputs[place], node.inputs[1 - place])
      absorbed.insert(node.inputs[place])
    }
    for node in nodes where node.operation == .relu {
      let input = node.inputs[0]
      if readers[input].count == 1, nodes[input].operation.takesReLU { absorbed.insert(input) }
    }
    return nodes.indices.dropFirst().filter { !absorbed.contains($0) }.map { output in
      var node = output
      let hasReLU = nodes[output].operation == .relu && absorbed.contains(nodes[output].inputs[0])
      if hasReLU { node = nodes[output].inputs[0] }
      let sum = residuals[node]
      return FusedNode(
        node: sum?.convolution ?? node, residual: sum?.residual, hasReLU: hasReLU, output: output)
    }
  }
}

extension Graph {
  /// Whether node `index` is the pooling that the last layer, a linear one, alone reads; both are one kernel
  /// call.
  func isPoolingBeforeLinear(_ index: Int) -> Bool {
    guard nodes[index].operation == .globalAveragePool, index == nodes.count - 2 else {
      return false
    }
    return isLinearBehindPooling(nodes.count - 1)
  }

  /// Whether node `index` is the last layer behind a pooling of maps in blocks of sixteen channels.
  func isLinearBehindPooling(_ index: Int) -> Bool {
    guard index == nodes.count - 1, case .convolution(let layer) = nodes[index].operation,
      layer.geometry == ConvolutionGeometry(), layer.kernel == (1, 1)
    else { return false }
    return layer.inputChannels % 16 == 0
      && nodes[nodes[index].inputs[0]].operation == .globalAveragePool
  }

  /// The nodes whose values `fused` reads.
  func inputs(of fused: FusedNode) -> [Int] {
    var inputs = nodes[fused.node].inputs
    if isLinearBehindPooling(fused.node) { inputs = nodes[inputs[0]].inputs }
    return inputs + (fused.residual.map { [$0] } ?? [])
  }

  /// Whether what `node` reads is the output of a ReLU.
  func isNowhereNegative(_ node: Node) -> Bool { nodes[node.inputs[0]].operation == .relu }
}

extension Operation {
  /// Whether a ReLU behind it can be computed with it.
  fileprivate var takesReLU: Bool {
    switch self {
    case .convolution, .add, .batchNorm, .multiply: true
    default: false
    }
  }
}
