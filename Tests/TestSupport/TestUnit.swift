package import Graphs
package import Tensors

extension GraphBuilder {
  /// Appends `layers` to node `input`, with a ReLU after each but the last, and returns the last node.
  package mutating func appendBranch(
    _ layers: [(name: String, convolution: Convolution)], input: Int
  ) -> Int {
    var node = input
    for (index, layer) in layers.enumerated() {
      node = append(layer.name, .convolution(layer.convolution), node)
      if index < layers.count - 1 { node = append(layer.name, .relu, node) }
    }
    return node
  }
}

extension Graph {
  /// Returns a graph of one unit, whose nodes `build` appends.
  package static func unit(_ name: String, _ build: (inout GraphBuilder) -> Void) -> Graph {
    var builder = GraphBuilder()
    build(&builder)
    builder.endUnit(name)
    return builder.graph(named: name)
  }

  /// Returns ReLU(layers(x) + shortcut(x)) as a graph of one unit, with a ReLU after each layer but the last.
  ///
  /// - Parameter shortcut: Appends nodes that read node 0, and returns the last of them; 0 stands for no
  ///   nodes.
  package static func residualBlock(
    _ name: String, _ layers: [(name: String, convolution: Convolution)],
    shortcut: (inout GraphBuilder) -> Int = { _ in 0 }
  ) -> Graph {
    unit(name) { graph in
      let branch = graph.appendBranch(layers, input: 0)
      let sum = graph.append("\(name).add", .add, branch, shortcut(&graph))
      graph.append(name, .relu, sum)
    }
  }
}

/// Returns a convolution padded by half its kernel, with random weights of He's variance and small biases.
package func randomConvolution(
  _ shape: Shape, stride: Int = 1, groups: Int = 1, seed: UInt64
) -> Convolution {
  var weight = randomTensor(shape, seed: seed)
  let fanIn = shape.count / shape[0]
  weight.scalars = weight.scalars.map { $0 * (2 / Float(fanIn)).squareRoot() }
  return Convolution(
    weight: weight, bias: randomTensor([shape[0]], seed: 20 + seed).scalars.map { 0.2 * $0 },
    geometry: ConvolutionGeometry(stride: stride, padding: shape[2] / 2, groups: groups))
}

/// Returns a batch normalisation with random parameters near 1 and 0.
package func randomBatchNorm(_ channels: Int, seed: UInt64) -> BatchNorm {
  let numbers = (0..<4).map { randomTensor([channels], seed: seed + UInt64($0)).scalars }
  return BatchNorm(
    scale: numbers[0].map { 1 + 0.3 * $0 }, shift: numbers[1].map { 0.3 * $0 },
    mean: numbers[2].map { 0.3 * $0 }, variance: numbers[3].map { 0.5 + $0 * $0 })
}
