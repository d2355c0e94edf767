import CKernels
import Execution
import Networks
import Tensors
import TestSupport
import Testing

/// A block to train, on maps whose sides are no multiples of anything.
private struct TrainerCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let block: ResidualBlock
  let inputShape: Shape

  private static func convolution(
    _ name: String, _ channels: Int, _ outs: Int, kernel: Int = 3, stride: Int = 1
  ) -> Conv2d {
    Conv2d(
      name: name,
      weight: randomTensor(
        [outs, channels, kernel, kernel], seed: UInt64(channels * outs + kernel)),
      bias: randomTensor([outs], seed: UInt64(outs)).scalars,
      geometry: ConvolutionGeometry(stride: stride, padding: kernel / 2))
  }

  static let all: [TrainerCase] = [
    TrainerCase(
      testDescription: "basic, identity, maps for Winograd",
      block: ResidualBlock(
        name: "b", branch: [convolution("b.conv1", 32, 32), convolution("b.conv2", 32, 32)],
        shortcut: .identity), inputShape: [32, 11, 8]),
    TrainerCase(
      testDescription: "basic, 128 channels",
      block: ResidualBlock(
        name: "b", branch: [convolution("b.conv1", 128, 128), convolution("b.conv2", 128, 128)],
        shortcut: .identity), inputShape: [128, 7, 7]),
    TrainerCase(
      testDescription: "basic, projection at stride 2, small maps",
      block: ResidualBlock(
        name: "b",
        branch: [convolution("b.conv1", 16, 48, stride: 2), convolution("b.conv2", 48, 48)],
        shortcut: .projection(convolution("b.down", 16, 48, kernel: 1, stride: 2))),
      inputShape: [16, 9, 10]),
    TrainerCase(
      testDescription: "basic, subsampling",
      block: ResidualBlock(
        name: "b",
        branch: [convolution("b.conv1", 16, 32, stride: 2), convolution("b.conv2", 32, 32)],
        shortcut: .subsampling(stride: 2, padding: 8)), inputShape: [16, 16, 13]),
    TrainerCase(
      testDescription: "bottleneck at stride 2",
      block: ResidualBlock(
        name: "b",
        branch: [
          convolution("b.conv1", 32, 16, kernel: 1), convolution("b.conv2", 16, 16, stride: 2),
          convolution("b.conv3", 16, 64, kernel: 1),
        ], shortcut: .projection(convolution("b.down", 32, 64, kernel: 1, stride: 2))),
      inputShape: [32, 9, 12]),
  ]

  let images = 11
  let rows = [7, 0, 3, 10, 3, 1, 9, 2, 5, 4]

  var inputs: Tensor { randomTensor(Shape([images] + inputShape.dimensions), seed: 5) }
  var targets: Tensor { randomTensor(block(inputs).shape, seed: 6) }
  var importance: Tensor {
    var values = randomTensor(block(inputs).shape, seed: 7)
    values.relu()
    return values
  }

  /// By the block's own plain kernels.
  func expected(isWeighted: Bool) -> [Tensor] {
    let trace = block.trace(inputs.gathering(rows: rows))
    let target = targets.gathering(rows: rows).scalars
    let weight = isWeighted ? importance.gathering(rows: rows).scalars : nil
    let gradient = trace.output.scalars.indices.map { index in
      2 * 0.125 * (weight?[index] ?? 1) * (trace.output.scalars[index] - target[index])
    }
    return block.weightGradients(
      trace, outputGradient: Tensor(shape: trace.output.shape, scalars: gradient))
  }

  func trained(_ trainer: BlockTrainer, isWeighted: Bool, workers: Workers = .one) -> [Tensor] {
    trainer.weightGradients(
      weights: block.layers.map(\.weight), inputs: ActivationCache(inputs),
      targets: ActivationCache(targets),
      importance: isWeighted ? ActivationCache(importance) : nil, rows: rows, factor: 0.125,
      workers: workers)
  }
}

@Suite("Block trainers", .enabled(if: ck_has_blocked_kernels() != 0, "needs AVX-512"))
struct BlockTrainerTests {
  @Test("A trainer's gradients are the block's", arguments: TrainerCase.all, [false, true])
  private func gradients(trainerCase: TrainerCase, isWeighted: Bool) throws {
    let trainer = try #require(
      BlockTrainer(trainerCase.block, inputShape: trainerCase.inputShape, batch: 10))
    let expected = trainerCase.expected(isWeighted: isWeighted)
    let gradients = trainerCase.trained(trainer, isWeighted: isWeighted)
    #expect(gradients.map(\.shape) == expected.map(\.shape))
    for (gradient, expected) in zip(gradients, expected) {
      #expect(relativeError(gradient.scalars, expected.scalars) < 1e-4)
    }
  }

  @Test("A trainer's outputs are the block's, in whatever batches", arguments: TrainerCase.all)
  private func outputs(trainerCase: TrainerCase) throws {
    let expected = trainerCase.block(trainerCase.inputs)
    let weights = trainerCase.block.layers.map(\.weight)
    let outputs = try [4, 11].map { batch in
      let trainer = try #require(
        BlockTrainer(trainerCase.block, inputShape: trainerCase.inputShape, batch: batch))
      trainer.load(weights, workers: .one)
      return trainer.outputs(trainerCase.inputs, workers: Workers(2))
    }
    #expect(outputs[0] == outputs[1])
    #expect(outputs[0].shape == expected.shape)
    #expect(relativeError(outputs[0].scalars, expected.scalars) < 1e-4)
  }

  @Test("Neither the workers nor earlier steps change a bit", arguments: TrainerCase.all)
  private func determinism(trainerCase: TrainerCase) throws {
    let trainer = try #require(
      BlockTrainer(trainerCase.block, inputShape: trainerCase.inputShape, batch: 10))
    let first = trainerCase.trained(trainer, isWeighted: false)
    _ = trainerCase.trained(trainer, isWeighted: true)
    for count in 2...3 {
      #expect(
        trainerCase.trained(trainer, isWeighted: false, workers: Workers(count)) == first)
    }
  }

  @Test("Grouped convolutions and odd channels are left to the plain path")
  private func refusals() {
    var grouped = TrainerCase.all[0].block
    grouped.branch[0] = Conv2d(
      name: "b.conv1", weight: randomTensor([32, 16, 3, 3], seed: 1),
      geometry: ConvolutionGeometry(padding: 1, groups: 2))
    #expect(BlockTrainer(grouped, inputShape: [32, 8, 8], batch: 2) == nil)
    let odd = Conv2d(
      name: "b.conv1", weight: randomTensor([20, 20, 3, 3], seed: 1),
      geometry: ConvolutionGeometry(padding: 1))
    let block = ResidualBlock(name: "b", branch: [odd, odd], shortcut: .identity)
    #expect(BlockTrainer(block, inputShape: [20, 8, 8], batch: 2) == nil)
  }
}
