import Execution
import Graphs
import Reconstruction
import Tensors
import TestSupport
import Testing

@Suite("Units over many images")
struct UnitPassTests {
  @Test(
    "Outputs of many images agree with those of each image, at any number of threads",
    arguments: BlockCase.all)
  func outputs(_ trial: BlockCase) {
    let inputs = blockData(trial.block, images: 19, seed: 1).all.inputs
    let halves: ActivationMap = { _, tensor in
      Tensor(shape: tensor.shape, scalars: tensor.scalars.map { $0 / 2 })
    }
    let outputs = trial.block.outputs(inputs, activations: halves, context: .serial)
    #expect(
      trial.block.outputs(inputs, activations: halves, context: Context(threads: 3)) == outputs)
    for image in [0, 8, 18] {
      let alone = trial.block(inputs[rows: image..<image + 1], activations: halves)
      #expect(relativeError(alone.scalars, outputs[rows: image..<image + 1].scalars) < 1e-5)
    }
  }

  @Test(
    "Advancing replaces the inputs by outputs, which may be smaller or larger",
    arguments: BlockCase.all)
  func advance(_ trial: BlockCase) throws {
    try expectAdvance(trial.block, blockData(trial.block, images: 70, seed: 2).all.inputs)
  }

  @Test("A unit without layers, such as the pooling before the last layer, also advances")
  func pooling() throws {
    let network = tinyResNet(seed: 2)
    let unit = try #require(network.units.first { $0.name == "avgpool" })
    let maps = randomTensor([40, 32, 3, 5], seed: 3)
    try expectAdvance(network[unit], maps)
    #expect(network[unit].outputs(maps, context: .serial) == maps.meanPooled())
  }

  private func expectAdvance(_ unit: Graph, _ inputs: Tensor) throws {
    let outputs = unit.outputs(inputs, context: .serial)
    let cache = try ActivationCache(
      images: inputs.rowCount, largestImage: max(inputs.imageShape.count, outputs.imageShape.count)
    )
    cache.append(inputs)
    unit.advance(cache, context: Context(threads: 2))
    #expect(cache[rows: 0..<inputs.rowCount] == outputs)
  }
}
