import CKernels
import Execution
import Graphs
import Reconstruction
import Tensors
import TestSupport
import Testing

/// A unit to train, and the shape of maps whose sides are not multiples of a tile's.
struct TrainerCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let unit: Graph
  let inputShape: Shape

  private init(_ description: String, _ inputShape: Shape, _ unit: Graph) {
    testDescription = description
    self.unit = unit
    self.inputShape = inputShape
  }

  static let all: [TrainerCase] = [
    TrainerCase(
      "basic, identity, maps for Winograd", [32, 11, 8],
      .residualBlock("b", [layer(1, [32, 32, 3, 3]), layer(2, [32, 32, 3, 3])])),
    TrainerCase(
      "basic, 128 channels", [128, 7, 7],
      .residualBlock("b", [layer(1, [128, 128, 3, 3]), layer(2, [128, 128, 3, 3])])),
    TrainerCase(
      "basic, projection at stride 2, small maps", [16, 9, 10],
      .residualBlock("b", [layer(1, [48, 16, 3, 3], stride: 2), layer(2, [48, 48, 3, 3])]) {
        projection([48, 16, 1, 1], stride: 2, of: 0, in: &$0)
      }),
    TrainerCase(
      "basic, subsampling", [16, 16, 13],
      .residualBlock("b", [layer(1, [32, 16, 3, 3], stride: 2), layer(2, [32, 32, 3, 3])]) {
        $0.append("b.shortcut", .subsample(Subsample(stride: 2, padding: 8)), 0)
      }),
    TrainerCase(
      "bottleneck at stride 2", [32, 9, 12],
      .residualBlock(
        "b",
        [
          layer(1, [16, 32, 1, 1]), layer(2, [16, 16, 3, 3], stride: 2), layer(3, [64, 16, 1, 1]),
        ]
      ) { projection([64, 32, 1, 1], stride: 2, of: 0, in: &$0) }),
    TrainerCase(
      "basic, average-pooled projection", [16, 9, 11],
      .residualBlock("b", [layer(1, [32, 16, 3, 3], stride: 2), layer(2, [32, 32, 3, 3])]) {
        let window = Window(kernel: 2, stride: 2, roundsUp: true)
        return projection(
          [32, 16, 1, 1], of: $0.append("b.pool", .averagePool(window), 0), in: &$0)
      }),
    TrainerCase("pre-activation, identity", [32, 8, 11], .unit("b") { preActivation(&$0, 32) }),
    TrainerCase("pre-activation, projection", [16, 8, 11], .unit("b") { preActivation(&$0, 16) }),
    TrainerCase(
      "one linear layer", [48, 1, 1],
      .unit("fc") { $0.append("fc", .convolution(randomConvolution([16, 48, 1, 1], seed: 1)), 0) }),
  ]

  private static func layer(
    _ number: UInt64, _ shape: Shape, stride: Int = 1
  ) -> (name: String, convolution: Convolution) {
    ("b.conv\(number)", randomConvolution(shape, stride: stride, seed: number))
  }

  private static func projection(
    _ shape: Shape, stride: Int = 1, of input: Int, in graph: inout GraphBuilder
  ) -> Int {
    graph.append("b.down", .convolution(randomConvolution(shape, stride: stride, seed: 9)), input)
  }

  /// Appends a pre-activation block of 32 channels, with a projection if it reads 16 channels.
  private static func preActivation(_ graph: inout GraphBuilder, _ channels: Int) {
    var node = graph.append("b.bn1", .batchNorm(randomBatchNorm(channels, seed: 30)), 0)
    node = graph.append("b.bn1", .relu, node)
    let shortcut =
      channels == 32 ? 0 : projection([32, channels, 1, 1], stride: 2, of: node, in: &graph)
    node = graph.appendBranch(
      [layer(1, [32, channels, 3, 3], stride: 32 / channels), layer(2, [32, 32, 3, 3])],
      input: node)
    graph.append("b", .add, node, shortcut)
  }

  let images = 11
  let rows = [7, 0, 3, 10, 3, 1, 9, 2, 5, 4]

  var inputs: Tensor { randomTensor(Shape([images] + inputShape.dimensions), seed: 5) }
  var targets: Tensor { randomTensor(unit(inputs).shape, seed: 6) }
  var importance: Tensor {
    var values = randomTensor(unit(inputs).shape, seed: 7)
    values.relu()
    return values
  }

  /// Returns the gradients of the weights from the plain kernels of the graph.
  func expected(isWeighted: Bool) -> [Tensor] {
    let trace = unit.trace(inputs.gathering(rows: rows))
    let target = targets.gathering(rows: rows).scalars
    let weight = isWeighted ? importance.gathering(rows: rows).scalars : nil
    let gradient = trace.output.scalars.indices.map { index in
      2 * 0.125 * (weight?[index] ?? 1) * (trace.output.scalars[index] - target[index])
    }
    return unit.weightGradients(
      trace, outputGradient: Tensor(shape: trace.output.shape, scalars: gradient))
  }

  func trained(_ trainer: UnitTrainer, isWeighted: Bool, context: Context = .serial) -> [Tensor] {
    trainer.weightGradients(
      weights: unit.layers.map(\.weight), inputs: ActivationCache(inputs),
      targets: ActivationCache(targets),
      importance: isWeighted ? ActivationCache(importance) : nil, rows: rows, factor: 0.125,
      context: context)
  }
}

@Suite("Unit trainers", .enabled(if: ck_has_blocked_kernels() != 0, "needs AVX-512"))
struct UnitTrainerTests {
  @Test("Gradients agree with the plain graph", arguments: TrainerCase.all, [false, true])
  func gradients(trial: TrainerCase, isWeighted: Bool) throws {
    let trainer = try #require(
      UnitTrainer(trial.unit, inputShape: trial.inputShape, batch: 10))
    let expected = trial.expected(isWeighted: isWeighted)
    let gradients = trial.trained(trainer, isWeighted: isWeighted)
    #expect(gradients.map(\.shape) == expected.map(\.shape))
    for (gradient, expected) in zip(gradients, expected) {
      #expect(relativeError(gradient.scalars, expected.scalars) < 1e-4)
    }
  }

  @Test("Outputs agree with the plain graph, in batches of any size", arguments: TrainerCase.all)
  func outputs(trial: TrainerCase) throws {
    let expected = trial.unit(trial.inputs)
    let weights = trial.unit.layers.map(\.weight)
    let outputs = try [4, 11].map { batch in
      let trainer = try #require(
        UnitTrainer(trial.unit, inputShape: trial.inputShape, batch: batch))
      trainer.load(weights, context: .serial)
      return trainer.outputs(trial.inputs, context: Context(threads: 2))
    }
    #expect(outputs[0] == outputs[1])
    #expect(outputs[0].shape == expected.shape)
    #expect(relativeError(outputs[0].scalars, expected.scalars) < 1e-4)
  }

  @Test("Gradients do not depend on threads or on earlier steps", arguments: TrainerCase.all)
  func determinism(trial: TrainerCase) throws {
    let trainer = try #require(
      UnitTrainer(trial.unit, inputShape: trial.inputShape, batch: 10))
    let first = trial.trained(trainer, isWeighted: false)
    _ = trial.trained(trainer, isWeighted: true)
    for count in 2...3 {
      #expect(trial.trained(trainer, isWeighted: false, context: Context(threads: count)) == first)
    }
  }

  @Test("Units with other channels have no trainer", arguments: BlockCase.all)
  func refusals(_ trial: BlockCase) {
    #expect(UnitTrainer(trial.block, inputShape: [6, 7, 5], batch: 2) == nil)
  }
}
