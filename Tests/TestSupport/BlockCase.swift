package import Graphs
package import Tensors
package import Testing

/// A residual block to try, as a graph of one unit on two images of 6 channels and 7×5 pixels.
package struct BlockCase: CustomTestStringConvertible, Sendable {
  package let testDescription: String
  package let block: Graph
  package static let inputShape: Shape = [2, 6, 7, 5]

  /// Every kind of block and shortcut.
  package static let all = original + otherFamilies

  /// The blocks of He et al., CVPR 2016: basic ones and bottlenecks with every shortcut.
  package static let original = [
    BlockCase(
      "basic, identity",
      .residualBlock(name, [layer(1, [6, 6, 3, 3]), layer(2, [6, 6, 3, 3])])),
    BlockCase(
      "basic, projection",
      .residualBlock(name, [layer(1, [8, 6, 3, 3], stride: 2), layer(2, [8, 8, 3, 3])]) {
        projection([8, 6, 1, 1], stride: 2, of: 0, in: &$0)
      }),
    BlockCase(
      "basic, subsampling",
      .residualBlock(name, [layer(1, [12, 6, 3, 3], stride: 2), layer(2, [12, 12, 3, 3])]) {
        $0.append("\(name).shortcut", .subsample(Subsample(stride: 2, padding: 3)), 0)
      }),
    BlockCase(
      "bottleneck, identity",
      .residualBlock(
        name, [layer(1, [4, 6, 1, 1]), layer(2, [4, 4, 3, 3]), layer(3, [6, 4, 1, 1])])),
    BlockCase(
      "bottleneck, grouped, projection",
      .residualBlock(
        name,
        [
          layer(1, [4, 6, 1, 1]), layer(2, [4, 2, 3, 3], stride: 2, groups: 2),
          layer(3, [10, 4, 1, 1]),
        ]
      ) { projection([10, 6, 1, 1], stride: 2, of: 0, in: &$0) }),
  ]

  /// The blocks of other families of residual networks.
  package static let otherFamilies = [
    BlockCase(
      "basic, average-pooled projection",
      .residualBlock(name, [layer(1, [8, 6, 3, 3], stride: 2), layer(2, [8, 8, 3, 3])]) {
        let window = Window(kernel: 2, stride: 2, roundsUp: true)
        let pooled = $0.append("\(name).downsample.0", .averagePool(window), 0)
        return projection([8, 6, 1, 1], of: pooled, in: &$0)
      }),
    BlockCase("squeeze and excitation", .unit(name, squeezeAndExcitation)),
    BlockCase("blur before the stride", .unit(name, blurred)),
    BlockCase("pre-activation, projection", .unit(name, preActivation)),
  ]

  private init(_ description: String, _ block: Graph) {
    testDescription = description
    self.block = block
  }

  private static let name = "layer1.0"

  private static func layer(
    _ number: UInt64, _ shape: Shape, stride: Int = 1, groups: Int = 1
  ) -> (name: String, convolution: Convolution) {
    (
      "\(name).conv\(number)",
      randomConvolution(shape, stride: stride, groups: groups, seed: number)
    )
  }

  private static func projection(
    _ shape: Shape, stride: Int = 1, of input: Int, in graph: inout GraphBuilder
  ) -> Int {
    let convolution = randomConvolution(shape, stride: stride, seed: 9)
    return graph.append("\(name).downsample.1", .convolution(convolution), input)
  }

  /// Hu et al., CVPR 2018: gates from the means of all maps.
  private static func squeezeAndExcitation(_ graph: inout GraphBuilder) {
    let branch = graph.appendBranch([layer(1, [8, 6, 3, 3]), layer(2, [6, 8, 3, 3])], input: 0)
    var gate = graph.append("\(name).se.pool", .globalAveragePool, branch)
    gate = graph.appendBranch(
      [
        ("\(name).se.fc1", randomConvolution([4, 6, 1, 1], seed: 5)),
        ("\(name).se.fc2", randomConvolution([6, 4, 1, 1], seed: 6)),
      ], input: gate)
    gate = graph.append("\(name).se.gate", .sigmoid, gate)
    let gated = graph.append("\(name).se", .multiply, branch, gate)
    graph.append(name, .relu, graph.append("\(name).add", .add, gated, 0))
  }

  /// Zhang, ICML 2019: a fixed filter behind the first ReLU.
  private static func blurred(_ graph: inout GraphBuilder) {
    var node = graph.appendBranch([layer(1, [8, 6, 3, 3])], input: 0)
    node = graph.append("\(name).conv1", .relu, node)
    node = graph.append("\(name).aa", .blur(Blur(stride: 2)), node)
    node = graph.appendBranch([layer(2, [8, 8, 3, 3])], input: node)
    let pooled = graph.append(
      "\(name).downsample.0", .averagePool(Window(kernel: 2, stride: 2, roundsUp: true)), 0)
    let shortcut = projection([8, 6, 1, 1], of: pooled, in: &graph)
    graph.append(name, .relu, graph.append("\(name).add", .add, node, shortcut))
  }

  /// He et al., ECCV 2016: normalisation and ReLU come before the convolutions.
  private static func preActivation(_ graph: inout GraphBuilder) {
    var node = graph.append("\(name).bn1", .batchNorm(randomBatchNorm(6, seed: 30)), 0)
    node = graph.append("\(name).bn1", .relu, node)
    let shortcut = projection([8, 6, 1, 1], of: node, in: &graph)
    node = graph.appendBranch([layer(1, [8, 6, 3, 3]), layer(2, [8, 8, 3, 3])], input: node)
    graph.append(name, .add, node, shortcut)
  }
}
