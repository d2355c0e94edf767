import Allocation
import Execution
import Graphs
import MixQuant
import Quantization
import Tensors
import TestSupport
import Testing

@Suite struct OutputNoiseTests {
  let network = tinyBottleneckResNet(seed: 4).foldingBatchNorm()
  let images = randomTensor([11, 3, 32, 32], seed: 5)

  @Test("The noise agrees with the whole network's with one layer rounded", arguments: [0, 3, 7])
  func definition(index: Int) throws {
    let errors = ErrorTable.outputNoise(of: network, images: images, quantizer: .brecq)
    let codes = WeightQuantizer.brecq.quantize(network.layers[index].weight, bitWidth: 3)
    let rounded = network.withWeight(codes.dequantized(), ofLayer: index)
    let expected = noiseToSignal(network.logits(images), rounded.logits(images))
    #expect(abs(errors[index, 3] / expected - 1) < 1e-3)
  }

  @Test("Noise grows with fewer bits and does not depend on the number of threads")
  func monotone() {
    let errors = ErrorTable.outputNoise(of: network, images: images, quantizer: .brecq)
    #expect(
      errors
        == .outputNoise(
          of: network, images: images, quantizer: .brecq, context: Context(threads: 3)))
    for index in errors.layers.indices { #expect(errors[index, 2] > errors[index, 6]) }
  }

  @Test("Pinned layers and widths that are not candidates are not measured")
  func unmeasured() {
    let errors = ErrorTable.outputNoise(
      of: network, images: images[rows: 0..<1], quantizer: .brecq, pinned: ["conv1": 8],
      candidates: [4])
    #expect(errors[0, 4] == .infinity && errors[1, 3] == .infinity && errors[1, 4].isFinite)
  }
}
