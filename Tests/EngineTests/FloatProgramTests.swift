import CKernels
import Execution
import Graphs
import Networks
import Synchronization
import Tensors
import TestSupport
import Testing

@testable import Engine

/// A network to compile, and images whose sides are no multiples of anything.
private struct ProgramCase: Sendable, CustomTestStringConvertible {
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

  /// Networks that the kernels between blocks of sixteen channels can compute alone.
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

  /// Networks with some steps by the plain definition of an operation.
  static let mixed: [ProgramCase] = {
    var grouped = CheckpointSketch([1, 1, 1], isBottleneck: true)
    grouped.channels = 32
    grouped.groups = 4
    grouped.classCount = 6
    return [
      ProgramCase("grouped convolutions", grouped, [3, 33, 29]),
      ProgramCase("plain steps between blocked ones", .mixed, [3, 21, 26]),
      ProgramCase("plain maps of no sixteen channels", .narrow, [3, 18, 15]),
      ProgramCase("pre-activation", .preActivated, [3, 17, 22]),
    ]
  }()

  static let all = blocked + mixed

  func images(_ count: Int) -> Tensor {
    randomTensor(Shape([count] + inputShape.dimensions), seed: 11)
  }
}

extension Graph {
  /// Anti-aliased blocks with gates and pooled shortcuts: plain steps read and write blocked maps.
  fileprivate static let mixed: Graph = {
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
  fileprivate static let narrow: Graph = {
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

  /// He et al., ECCV 2016: sums that a normalisation reads, and a last ReLU before the pooling.
  fileprivate static let preActivated: Graph = {
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
  /// The graph with a pooling and a linear layer of nine classes behind its last node.
  fileprivate func withLinearLayer(_ channels: Int, named name: String) -> Graph {
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

@Suite("Float programs", .enabled(if: ck_has_blocked_kernels() != 0, "needs AVX-512"))
struct FloatProgramTests {
  @Test("A program gives the network's logits", arguments: ProgramCase.all)
  private func logits(trial: ProgramCase) throws {
    let images = trial.images(18)  // more than go through a program at once
    let expected = trial.network.logits(images).scalars
    let program = try #require(FloatProgram(trial.network, inputShape: trial.inputShape))
    #expect(relativeError(program(images).scalars, expected) < 1e-4)
    let exact = try #require(
      FloatProgram(trial.network, inputShape: trial.inputShape, isExact: true))
    #expect(relativeError(exact(images).scalars, expected) < 1e-5)
  }

  @Test(
    "Logits depend neither on the number of threads nor on the batch", arguments: ProgramCase.all)
  private func determinism(trial: ProgramCase) throws {
    let images = trial.images(17)  // of small maps, several go through a convolution at once
    let program = try #require(FloatProgram(trial.network, inputShape: trial.inputShape))
    let logits = program(images, context: Context(threads: 1))
    for count in 2...5 { #expect(program(images, context: Context(threads: count)) == logits) }
    for image in [0, 5, 6, 16] {
      let alone = program(images[rows: image..<image + 1], context: Context(threads: 2))
      #expect(alone == logits[rows: image..<image + 1])
    }
  }

  @Test("A program forgets the images it saw before", arguments: ProgramCase.all)
  private func reuse(trial: ProgramCase) throws {
    let program = try #require(FloatProgram(trial.network, inputShape: trial.inputShape))
    let first = program(trial.images(3))
    _ = program(randomTensor(Shape([17] + trial.inputShape.dimensions), seed: 12))
    #expect(program(trial.images(3)) == first)
  }

  @Test("Activations are rounded at their sites", arguments: ProgramCase.all)
  private func roundings(trial: ProgramCase) throws {
    let (network, images) = (trial.network, trial.images(4))
    let largest = Mutex<[Site: Float]>([:])
    _ = network.logits(images) { site, activations in
      largest.withLock { $0[site] = activations.scalars.max() }
      return activations
    }
    let roundings = largest.withLock { $0 }.mapValues { limit in
      GridParameters(scale: max(limit, 1e-3) / 200, zeroPoint: 0, levels: 256)
    }
    let program = try #require(
      FloatProgram(network, inputShape: trial.inputShape, roundings: roundings))
    let rounded = network.logits(images) { site, activations in
      guard let grid = roundings[site] else { return activations }
      let codes = activations.scalars.map { ($0 / grid.scale).rounded(.toNearestOrEven) }
      return Tensor(shape: activations.shape, scalars: codes.map { min($0, 255) * grid.scale })
    }
    // A value between two steps may fall to either side for a difference in the last bit.
    #expect(relativeError(program(images).scalars, rounded.scalars) < 2e-2)
    #expect(relativeError(program(images).scalars, network.logits(images).scalars) > 1e-4)
  }

  @Test("There is no program if most of the work is between other numbers of channels")
  func unsuited() throws {
    var grouped = CheckpointSketch([1, 1, 1], isBottleneck: true)
    grouped.channels = 16
    grouped.widening = 8
    grouped.groups = 4
    for sketch in [grouped, .cifar(8, channels: 4)] {
      let network = try buildNetwork(sketch.randomStateDict(seed: 1)).network.foldingBatchNorm()
      #expect(FloatProgram(network, inputShape: [3, 32, 32]) == nil)
    }
    #expect(FloatProgram(Graph.mixed, inputShape: [5, 21, 26]) == nil, "no such images")
  }

  @Test("Layer times name every layer and its multiply-adds", arguments: ProgramCase.blocked)
  private func layerTimes(trial: ProgramCase) throws {
    let program = try #require(FloatProgram(trial.network, inputShape: trial.inputShape))
    let times = program.layerTimes(trial.images(2), context: .serial)
    let sizes = trial.network.layerSizes(inputSize: (trial.inputShape[1], trial.inputShape[2]))
    for size in sizes {
      let time = try #require(times.first { $0.name == size.name })
      #expect(time.multiplyAdds == size.multiplyAdds && time.seconds > 0)
    }
  }
}
