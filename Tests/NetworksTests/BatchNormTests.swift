import Networks
import Tensors
import TestSupport
import Testing

@Suite("Batch normalisation and its folding")
struct BatchNormTests {
  private let batchNorm = BatchNorm(
    scale: [2, -1, 0], shift: [0.5, 0, 3], mean: [1, -2, 5], variance: [3, 0, 8], epsilon: 1)

  @Test("It normalises by mean and variance, then scales and shifts")
  func formula() {
    let layer = Conv2d(
      name: "conv1", weight: Tensor(shape: [3, 1, 1, 1], scalars: [1, 1, 1]), batchNorm: batchNorm)
    let output = layer(Tensor(shape: [1, 1, 1, 2], scalars: [5, -3]))
    #expect(output.scalars == [4.5, -3.5, -7, 1, 3, 3])
  }

  @Test("Folded into the convolution before it, the map is the same", arguments: [false, true])
  func folding(hasBias: Bool) {
    let layer = Conv2d(
      name: "conv1", weight: randomTensor([3, 2, 3, 3], seed: 1),
      bias: hasBias ? [1, -2, 0.5] : nil,
      geometry: ConvolutionGeometry(stride: 2, padding: 1), batchNorm: batchNorm)
    let folded = layer.foldingBatchNorm()
    #expect(folded.batchNorm == nil)
    #expect(folded.foldingBatchNorm() == folded)
    let images = randomTensor([2, 2, 9, 8], seed: 2)
    for relu in [false, true] {
      let expected = layer(images, relu: relu)
      #expect(relativeError(folded(images, relu: relu).scalars, expected.scalars) < 1e-6)
    }
  }

  @Test("A folded network gives the unfolded network's logits", arguments: [1, 2, 3])
  func foldedNetwork(seed: UInt64) {
    for network in [tinyResNet(seed: seed), tinyBottleneckResNet(seed: seed)] {
      let images = randomTensor([2, 3, 32, 32], seed: seed)
      let folded = network.foldingBatchNorm()
      #expect(folded.layers.allSatisfy { $0.batchNorm == nil && $0.bias != nil })
      #expect(folded(images).relativeDifference(from: network(images)) < 1e-5)
    }
  }
}
