package import Graphs
internal import Tensors

/// A node with the sum and the ReLU after it, which one kernel call computes.
package struct FusedNode: Sendable, Equatable {
  /// The node whose operation is computed.
  package let node: Int
  /// The node whose value is added to it before the ReLU, if any.
  package let residual: Int?
  /// True if a ReLU is applied to the result.
  package let hasReLU: Bool
  /// The node whose value is the result: `node` itself, the sum or the ReLU.
  package let output: Int
}

extension Graph {
  /// The nodes after the input as fused kernel calls, in the order of their outputs.
  ///
  /// A sum is fused into a convolution before it if nothing else reads that convolution. If both of
  /// its inputs are such convolutions, it is fused into the first one. A ReLU is fused into the node
  /// before it if nothing else reads that node.
  package var fusedNodes: [FusedNode] { fusedNodes(keeping: []) }

  /// Returns the nodes after the input as fused kernel calls, as `fusedNodes` does.
  ///
  /// - Parameter kept: The nodes whose own values are needed; nothing after them is fused into them.
  package func fusedNodes(keeping kept: Set<Int>) -> [FusedNode] {
    let readers = readers
    var absorbed: Set<Int> = []
    var residuals: [Int: (convolution: Int, residual: Int)] = [:]
    for (index, node) in nodes.enumerated() where node.operation == .add {
      let isFused = node.inputs.map { input in
        guard case .convolution = nodes[input].operation, !kept.contains(input) else {
          return false
        }
        return readers[input] == [index]
      }
      guard let place = isFused.firstIndex(of: true), node.inputs[0] != node.inputs[1] else {
        continue
      }
      residuals[index] = (node.inputs[place], node.inputs[1 - place])
      absorbed.insert(node.inputs[place])
    }
    for node in nodes where node.operation == .relu {
      let input = node.inputs[0]
      guard readers[input].count == 1, !kept.contains(input) else { continue }
      if nodes[input].operation.takesReLU { absorbed.insert(input) }
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
  /// Returns true if node `index` is the pooling before a linear last layer.
  ///
  /// One kernel call computes both.
  func isPoolingBeforeLinear(_ index: Int) -> Bool {
    guard nodes[index].operation == .globalAveragePool, index == nodes.count - 2 else {
      return false
    }
    return isLinearBehindPooling(nodes.count - 1)
  }

  /// Returns true if node `index` is the last layer and reads the pooling of blocked maps.
  func isLinearBehindPooling(_ index: Int) -> Bool {
    guard index == nodes.count - 1, case .convolution(let layer) = nodes[index].operation,
      layer.geometry == ConvolutionGeometry(), layer.kernel == (1, 1)
    else { return false }
    return layer.inputChannels % 16 == 0
      && nodes[nodes[index].inputs[0]].operation == .globalAveragePool
  }

  /// Returns the nodes whose values `fused` reads.
  func inputs(of fused: FusedNode) -> [Int] {
    var inputs = nodes[fused.node].inputs
    if isLinearBehindPooling(fused.node) { inputs = nodes[inputs[0]].inputs }
    return inputs + (fused.residual.map { [$0] } ?? [])
  }

  /// Returns true if `node` reads the output of a ReLU.
  func isNowhereNegative(_ node: Node) -> Bool { nodes[node.inputs[0]].operation == .relu }
}

extension Operation {
  /// True if a ReLU after it can be computed together with it.
  fileprivate var takesReLU: Bool {
    switch self {
    case .convolution, .add, .batchNorm, .multiply: true
    default: false
    }
  }
}
