import Allocation
import Execution
import Graphs
import Tensors
import TestSupport
import Testing

@Suite("The quadratic form of a layer's Fisher information")
struct FisherFormsTests {
  private let images = randomTensor([24, 3, 16, 16], seed: 1)

  @Test("It agrees with the KL divergence that a small change of weights causes")
  func divergence() {
    let network = tinyResNet(seed: 2).foldingBatchNorm()
    let reference = network.logits(images)
    let changes = network.layers.enumerated().map { index, layer in
      let noise = randomTensor(layer.weight.shape, seed: UInt64(20 + index)).scalars
      let fanIn = layer.weight.scalars.count / layer.outputChannels
      let size = 0.01 / Float(fanIn).squareRoot()
      return [Tensor(shape: layer.weight.shape, scalars: noise.map { size * $0 })]
    }
    let forms = network.fisherForms(
      of: changes, images: images, sketch: FisherSketch(seed: 3), samples: 200)
    for (layer, form) in forms.enumerated() {
      var weight = network.layers[layer].weight
      weight.add(changes[layer][0])
      let logits = network.withWeight(weight, ofLayer: layer).logits(images)
      let divergences = Softmax.divergences(reference: reference, logits: logits)
      let mean = divergences.reduce(0, +) / Double(divergences.count)
      #expect(abs(form[0] / mean - 1) < 0.15, "\(network.layers[layer].name)")
    }
  }

  @Test("It is quadratic in the change and does not depend on the number of threads")
  func square() {
    let network = tinyBottleneckResNet(seed: 4).foldingBatchNorm()
    let changes = network.layers.enumerated().map { index, layer in
      let change = randomTensor(layer.weight.shape, seed: UInt64(40 + index))
      let twice = Tensor(shape: change.shape, scalars: change.scalars.map { 2 * $0 })
      return [change, twice, Tensor(zeros: change.shape)]
    }
    let results = [1, 3].map {
      network.fisherForms(
        of: changes, images: randomTensor([10, 3, 32, 32], seed: 5), sketch: FisherSketch(seed: 6),
        samples: 1, context: Context(threads: $0))
    }
    #expect(results[0] == results[1])
    for form in results[0] {
      #expect(form[0] > 0 && form[1] == 4 * form[0] && form[2] == 0)
    }
  }
}
