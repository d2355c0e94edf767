import Execution
import Networks
import Reconstruction
import Tensors
import TestSupport
import Testing

@Suite("Units of reconstruction")
struct ReconstructionUnitTests {
  @Test("New weights go to the layers in their order", arguments: BlockCase.all)
  func withWeights(_ trial: BlockCase) {
    let weights = trial.block.layers.enumerated().map { index, layer in
      randomTensor(layer.weight.shape, seed: UInt64(index))
    }
    let replaced = trial.block.withWeights(weights)
    #expect(replaced.layers.map(\.weight) == weights)
    #expect(replaced.layers.map(\.bias) == trial.block.layers.map(\.bias))
    #expect(replaced.withWeights(trial.block.layers.map(\.weight)) == trial.block)
  }

  @Test(
    "Outputs of many images are those of each, at any number of workers", arguments: BlockCase.all)
  func outputs(_ trial: BlockCase) {
    let inputs = blockData(trial.block, images: 19, seed: 1).all.inputs
    let halves: ActivationMap = { _, tensor in
      Tensor(shape: tensor.shape, scalars: tensor.scalars.map { $0 / 2 })
    }
    let outputs = trial.block.outputs(inputs, activations: halves, workers: .one)
    #expect(trial.block.outputs(inputs, activations: halves, workers: Workers(3)) == outputs)
    for image in [0, 8, 18] {
      let alone = trial.block(inputs[rows: image..<image + 1], activations: halves)
      #expect(relativeError(alone.scalars, outputs[rows: image..<image + 1].scalars) < 1e-5)
    }
  }

  @Test(
    "Advancing puts the outputs in the inputs' place, whether they shrink or grow",
    arguments: BlockCase.all)
  func advance(_ trial: BlockCase) throws {
    let inputs = blockData(trial.block, images: 70, seed: 2).all.inputs
    let outputs = trial.block.outputs(inputs, workers: .one)
    let cache = try ActivationCache(
      images: 70, largestImage: max(inputs.imageShape.count, outputs.imageShape.count))
    cache.append(inputs)
    trial.block.advance(cache, workers: Workers(2))
    #expect(cache[rows: 0..<70] == outputs)
  }

  @Test("A block's gradients are those of its trace", arguments: BlockCase.all)
  func blockGradients(_ trial: BlockCase) {
    let inputs = blockData(trial.block, images: 2, seed: 3).all.inputs
    let trace = trial.block.trace(inputs)
    let gradient = randomTensor(trace.output.shape, seed: 4)
    let found = trial.block.weightGradients(inputs) { output in
      #expect(output == trace.output)
      return gradient
    }
    #expect(found == trial.block.weightGradients(trace, outputGradient: gradient))
  }

  @Test("The head is a layer on pooled features, without a ReLU or a site")
  func head() {
    let layer = tinyResNet(seed: 2).head
    let head = HeadUnit(layer)
    let features = randomTensor([3, 32, 1, 1], seed: 5)
    #expect(head.name == "linear" && head.layers == [layer])
    let outputs = head.output(features) { _, tensor in Tensor(zeros: tensor.shape) }
    #expect(outputs == layer(features))
    #expect(outputs.scalars.contains { $0 < 0 })
    #expect(
      head.withWeights([Tensor(zeros: layer.weight.shape)]).output(
        features, activations: nil
      ).scalars == (0..<3).flatMap { _ in layer.bias ?? [] })
  }
}
