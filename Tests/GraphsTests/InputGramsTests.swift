import Execution
import Graphs
import Tensors
import TestSupport
import Testing

@Suite("Gram matrices of the inputs of all layers")
struct InputGramsTests {
  @Test("The matrices are those of the layers' inputs, in layer order", arguments: [false, true])
  func allLayers(isBottleneck: Bool) {
    let network = (isBottleneck ? tinyBottleneckResNet(seed: 1) : tinyResNet(seed: 2))
      .foldingBatchNorm()
    expectGrams(of: network, images: randomTensor([11, 3, 32, 32], seed: 3))
  }

  @Test("The same holds for every kind of block", arguments: BlockCase.all)
  func block(_ trial: BlockCase) {
    expectGrams(of: trial.block, images: randomTensor([11, 6, 7, 5], seed: 3))
  }

  @Test("They do not depend on the number of threads")
  func context() {
    let network = tinyResNet(seed: 4).foldingBatchNorm()
    let images = randomTensor([20, 3, 16, 16], seed: 5)
    let results = [1, 3].map { count in
      var grams: [[Tensor]] = []
      network.forEachInputGram(images: images, positionLimit: 30, context: Context(threads: count))
      {
        grams.append($1)
      }
      return grams
    }
    #expect(results[0] == results[1])
  }

  private func expectGrams(of network: Graph, images: Tensor) {
    let trace = network.trace(images)
    var shown = 0
    network.forEachInputGram(images: images, positionLimit: 50) { index, grams in
      let layer = network.layers[index]
      #expect(index == shown)
      shown += 1
      var sum = GramSum(
        weights: layer.weight.shape, geometry: layer.geometry, positionLimit: 50)
      sum.add(trace[network.nodes[layer.node].inputs[0]])
      #expect(grams.count == layer.geometry.groups)
      for (gram, expected) in zip(grams, sum.means()) {
        #expect(relativeError(gram.scalars, expected.scalars) < 1e-5)
      }
    }
    #expect(shown == network.layers.count)
  }
}
