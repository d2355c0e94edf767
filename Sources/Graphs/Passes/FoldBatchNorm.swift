internal import Execution
internal import Tensors

extension Graph {
  /// Returns the graph with batch normalisations folded into the convolutions before them.
  ///
  /// A normalisation stays if another node reads its convolution too, or if it does not follow a
  /// convolution, as in pre-activation networks. The output of the graph does not change.
  package func foldingBatchNorm() -> Graph {
    let readers = readers
    var folded = self
    var removed: Set<Int> = []
    for (index, node) in nodes.enumerated() {
      guard case .batchNorm(let batchNorm) = node.operation,
        case .convolution(let convolution) = nodes[node.inputs[0]].operation,
        readers[node.inputs[0]] == [index]
      else { continue }
      folded.nodes[node.inputs[0]].operation = .convolution(convolution.folding(batchNorm))
      removed.insert(index)
    }
    return folded.removing(removed)
  }

  /// The batch normalisation that is the only reader of each layer, in the order of `layers`.
  package var normalizations: [BatchNorm?] {
    let readers = readers
    return layers.map { layer in
      guard readers[layer.node].count == 1,
        case .batchNorm(let batchNorm) = nodes[readers[layer.node][0]].operation
      else { return nil }
      return batchNorm
    }
  }

  /// Returns the graph without the nodes of `removed`; their readers read the node's input instead.
  private func removing(_ removed: Set<Int>) -> Graph {
    var places: [Int] = []
    var kept: [Node] = []
    for (index, node) in nodes.enumerated() {
      let inputs = node.inputs.map { places[$0] }
      places.append(removed.contains(index) ? inputs[0] : kept.count)
      if !removed.contains(index) { kept.append(Node(node.name, node.operation, inputs)) }
    }
    var next = 1
    let units = units.map { unit in
      let count = unit.nodes.count { !removed.contains($0) }
      defer { next += count }
      return Unit(name: unit.name, nodes: next..<next + count)
    }
    return Graph(name: name, nodes: kept, units: units)
  }
}

extension Convolution {
  /// Returns the convolution that equals this convolution followed by `batchNorm`.
  ///
  /// Weights are w·γ/√(σ²+ε) and biases b·γ/√(σ²+ε) + β − μ·γ/√(σ²+ε), computed in Double.
  fileprivate func folding(_ batchNorm: BatchNorm) -> Convolution {
    let (factor, offset) = batchNorm.affine
    var folded = self
    let fanIn = weight.scalars.count / outputChannels
    folded.weight = Tensor(shape: weight.shape) { output in
      output.preferHugePages()
      for channel in 0..<outputChannels {
        let factor = factor[channel]
        for index in channel * fanIn..<(channel + 1) * fanIn {
          output[index] = Float(Double(weight.scalars[index]) * factor)
        }
      }
    }
    folded.bias = (0..<outputChannels).map { channel in
      Float(Double(bias?[channel] ?? 0) * factor[channel] + offset[channel])
    }
    return folded
  }
}
