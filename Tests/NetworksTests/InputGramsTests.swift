import Execution
import Networks
import Tensors
import TestSupport
import Testing

@Suite("Gram matrices of the inputs of all layers")
struct InputGramsTests {
  @Test("They are those of what the layers are given, in module order", arguments: [false, true])
  func allLayers(isBottleneck: Bool) {
    let network = (isBottleneck ? tinyBottleneckResNet(seed: 1) : tinyResNet(seed: 2))
      .foldingBatchNorm()
    let images = randomTensor([11, 3, 32, 32], seed: 3)
    let trace = network.trace(images)
    let inputs =
      [images]
      + zip(network.blocks, trace.blocks).flatMap { block, trace -> [Tensor] in
        let branchInputs = [trace.input] + trace.mapped
        return block.layers.indices.map {
          $0 < branchInputs.count ? branchInputs[$0] : trace.input
        }
      } + [trace.features.meanPooled()]

    var shown = 0
    network.forEachInputGram(images: images, positionLimit: 50) { index, grams in
      let layer = network.layers[index]
      #expect(index == shown)
      shown += 1
      var sum = GramSum(
        weights: layer.weight.shape, geometry: layer.geometry, positionLimit: 50)
      sum.add(inputs[index])
      #expect(grams.count == layer.geometry.groups)
      for (gram, expected) in zip(grams, sum.means()) {
        #expect(relativeError(gram.scalars, expected.scalars) < 1e-5)
      }
    }
    #expect(shown == network.layers.count)
  }

  @Test("They do not depend on the workers")
  func workers() {
    let network = tinyResNet(seed: 4).foldingBatchNorm()
    let images = randomTensor([20, 3, 16, 16], seed: 5)
    let results = [1, 3].map { count in
      var grams: [[Tensor]] = []
      network.forEachInputGram(images: images, positionLimit: 30, workers: Workers(count)) {
        grams.append($1)
      }
      return grams
    }
    #expect(results[0] == results[1])
  }
}
