package import Execution
package import Graphs
internal import Tensors

/// Returns a folded ResNet-18, 34 or 50 with random weights, for measurements.
///
/// It has 1000 classes, torchvision's shapes, He-normal weights and zero biases.
package func randomResNet(depth: Int, generator: inout SplitMix64) -> Graph {
  var network = RandomNetwork(generator: generator)
  defer { generator = network.generator }
  let expansion = depth >= 50 ? 4 : 1
  let counts = depth == 18 ? [2, 2, 2, 2] : [3, 4, 6, 3]
  var node = network.layer("conv1", 3, 64, kernel: 7, stride: 2, input: 0)
  node = network.graph.append("conv1", .relu, node)
  node = network.graph.append(
    "maxpool", .maxPool(Window(kernel: 3, stride: 2, padding: 1)), node)
  network.graph.endUnit("conv1")
  var channels = 64
  for (stage, count) in counts.enumerated() {
    for index in 0..<count {
      node = network.block(
        "layer\(stage + 1).\(index)", input: node, channels, width: 64 << stage,
        expansion: expansion, stride: stage > 0 && index == 0 ? 2 : 1)
      channels = (64 << stage) * expansion
    }
  }
  node = network.graph.append("avgpool", .globalAveragePool, node)
  network.graph.endUnit("avgpool")
  _ = network.layer("fc", channels, 1000, input: node)
  network.graph.endUnit("fc")
  return network.graph.graph(named: "ResNet-\(depth)")
}

private struct RandomNetwork {
  var generator: SplitMix64
  var graph = GraphBuilder()

  /// Appends a basic block, or a bottleneck if `expansion` is above 1, and returns its last node.
  mutating func block(
    _ name: String, input: Int, _ channels: Int, width: Int, expansion: Int, stride: Int
  ) -> Int {
    let output = width * expansion
    let sizes =
      expansion > 1
      ? [(channels, width, 1, 1), (width, width, 3, stride), (width, output, 1, 1)]
      : [(channels, width, 3, stride), (width, width, 3, 1)]
    var node = input
    for (index, size) in sizes.enumerated() {
      let layer = "\(name).conv\(index + 1)"
      node = self.layer(layer, size.0, size.1, kernel: size.2, stride: size.3, input: node)
      if index < sizes.count - 1 { node = graph.append(layer, .relu, node) }
    }
    let shortcut =
      stride == 1 && channels == output
      ? input
      : layer("\(name).downsample.0", channels, output, stride: stride, input: input)
    node = graph.append("\(name).add", .add, node, shortcut)
    node = graph.append(name, .relu, node)
    graph.endUnit(name)
    return node
  }

  mutating func layer(
    _ name: String, _ channels: Int, _ output: Int, kernel: Int = 1, stride: Int = 1, input: Int
  ) -> Int {
    let fanIn = channels * kernel * kernel
    let deviation = (2 / Double(fanIn)).squareRoot()
    let scalars = (0..<output * fanIn).map { _ in Float(deviation * generator.normal()) }
    return graph.append(
      name,
      .convolution(
        Convolution(
          weight: Tensor(shape: [output, channels, kernel, kernel], scalars: scalars),
          bias: [Float](repeating: 0, count: output),
          geometry: .init(stride: stride, padding: kernel / 2))), input)
  }
}
