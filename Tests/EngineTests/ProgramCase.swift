import Graphs
import Networks
import Tensors
import TestSupport
import Testing

/// A network to compile, and the shape of images whose sides are not multiples of any tile's.
struct ProgramCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let network: Graph
  let inputShape: Shape

  private init(_ description: String, _ network: Graph, _ inputShape: Shape) {
    testDescription = description
    self.network = network
    self.inputShape = inputShape
  }

  private init(_ description: String, _ sketch: CheckpointSketch, _ inputShape: Shape) {
    do {
      let network = try buildNetwork(sketch.randomStateDict(seed: 3)).network
      self.init(description, network.foldingBatchNorm(), inputShape)
    } catch { preconditionFailure("\(error)") }
  }

  /// Networks that blocked kernels compute without plain steps.
  static let blocked: [ProgramCase] = {
    var bottleneck = CheckpointSketch([1, 2, 1], isBottleneck: true)
    bottleneck.channels = 16
    bottleneck.classCount = 7
    var basic = CheckpointSketch([1, 1, 1, 1])
    basic.channels = 16
    basic.classCount = 5
    return [
      ProgramCase("CIFAR, shortcuts without weights", .cifar(14), [3, 19, 23]),
      ProgramCase("basic blocks, max pooling", basic, [3, 61, 47]),
      ProgramCase("bottlenecks, max pooling", bottleneck, [3, 33, 58]),
    ]
  }()

  /// Networks that need some plain steps.
  static let mixed: [ProgramCase] = {
    var grouped = CheckpointSketch([1, 1, 1], isBottleneck: true)
    grouped.channels = 32
    grouped.groups = 4
    grouped.classCount = 6
    return [
      ProgramCase("grouped convolutions", grouped, [3, 33, 29]),
      ProgramCase("plain steps between blocked ones", .mixed, [3, 21, 26]),
      ProgramCase("plain maps of twelve channels", .narrow, [3, 18, 15]),
      ProgramCase("pre-activation", .preActivated, [3, 17, 22]),
    ]
  }()

  static let all = blocked + mixed

  func images(_ count: Int) -> Tensor {
    randomTensor(Shape([count] + inputShape.dimensions), seed: 11)
  }
}

extension Graph {
  /// An anti-aliased block with a gate and a pooled shortcut, so that plain steps read and write blocked maps.
  static let mixed: Graph = {
    var graph = GraphBuilder()
    var node = graph.appendBranch(
      [
        ("conv1.0", randomConvolution([16, 3, 3, 3], stride: 2, seed: 1)),
        ("conv1.1", randomConvolution([32, 16, 3, 3], seed: 2)),
      ], input: 0)
    node = graph.append("conv1.1", .relu, node)
    graph.endUnit("conv1.1")
    let input = node
    node = graph.appendBranch(
      [("a.conv1", randomConvolution([48, 32, 3, 3], seed: 3))], input: node)
    node = graph.append("a.conv1", .relu, node)
    node = graph.append("a.aa", .blur(Blur(stride: 2)), node)
    node = graph.append("a.conv2", .convolution(randomConvolution([48, 48, 3, 3], seed: 4)), node)
    var gate = graph.append("a.pool", .globalAveragePool, node)
    gate = graph.appendBranch(
      [
        ("a.fc1", randomConvolution([6, 48, 1, 1], seed: 5)),
        ("a.fc2", randomConvolution([48, 6, 1, 1], seed: 6)),
      ], input: gate)
    node = graph.append("a.se", .multiply, node, graph.append("a.gate", .sigmoid, gate))
    var shortcut = graph.append(
      "a.down.0", .averagePool(Window(kernel: 2, stride: 2, roundsUp: true)), input)
    shortcut = graph.append(
      "a.down.1", .convolution(randomConvolution([48, 32, 1, 1], seed: 7)), shortcut)
    graph.append("a", .relu, graph.append("a.add", .add, node, shortcut))
    graph.endUnit("a")
    return graph.withLinearLayer(48, named: "mixed")
  }()

  /// A network that ends in maps of twelve channels.
  static let narrow: Graph = {
    var graph = GraphBuilder()
    let node = graph.appendBranch(
      [
        ("conv1", randomConvolution([32, 3, 3, 3], seed: 1)),
        ("conv2", randomConvolution([32, 32, 3, 3], seed: 2)),
        ("conv3", randomConvolution([12, 32, 1, 1], seed: 3)),
        ("conv4", randomConvolution([12, 12, 3, 3], stride: 2, seed: 4)),
      ], input: 0)
    graph.append("conv4", .relu, node)
    graph.endUnit("conv4")
    return graph.withLinearLayer(12, named: "narrow")
  }()

  /// Pre-activation blocks (He et al., ECCV 2016): normalisations read sums, and a ReLU precedes the pooling.
  static let preActivated: Graph = {
    var graph = GraphBuilder()
    graph.append("conv1", .convolution(randomConvolution([16, 3, 3, 3], seed: 1)), 0)
    graph.endUnit("conv1")
    for (place, channels) in [16, 32].enumerated() {
      let (name, input) = ("block\(place)", graph.last)
      var node = graph.append(
        "\(name).bn1", .batchNorm(randomBatchNorm(16, seed: UInt64(10 * place))), input)
      node = graph.append("\(name).bn1", .relu, node)
      let shortcut =
        channels == 16
        ? input
        : graph.append(
          "\(name).down", .convolution(randomConvolution([32, 16, 1, 1], stride: 2, seed: 2)), node)
      node = graph.appendBranch(
        [
          (
            "\(name).conv1",
            randomConvolution([channels, 16, 3, 3], stride: channels / 16, seed: 3)
          ),
          ("\(name).conv2", randomConvolution([channels, channels, 3, 3], seed: 4)),
        ], input: node)
      graph.append(name, .add, node, shortcut)
      graph.endUnit(name)
    }
    let normalized = graph.append("norm", .batchNorm(randomBatchNorm(32, seed: 40)), graph.last)
    graph.append("norm", .relu, normalized)
    graph.endUnit("norm")
    return graph.withLinearLayer(32, named: "pre-activated")
  }()
}

extension GraphBuilder {
  /// Returns the graph with a pooling and a linear layer of nine classes after its last node.
  func withLinearLayer(_ channels: Int, named name: String) -> Graph {
    var graph = self
    graph.append("avgpool", .globalAveragePool, graph.last)
    graph.endUnit("avgpool")
    let weight = randomTensor([9, channels, 1, 1], seed: 50)
    let bias = randomTensor([9], seed: 51).scalars
    graph.append("fc", .convolution(Convolution(weight: weight, bias: bias)), graph.last)
    graph.endUnit("fc")
    return graph.graph(named: name)
  }
}
