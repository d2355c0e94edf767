import Execution
import Graphs
import Quantization
import Tensors
import TestSupport
import Testing

@Suite struct QuantizedNetworkTests {
  let folded = tinyBottleneckResNet(seed: 2).foldingBatchNorm()
  let images = randomTensor([2, 3, 32, 32], seed: 3)

  @Test("The network has the values of the codes at the plan's widths, and its own biases")
  func weights() {
    let plan = BitPlan.everyWidth(folded)
    let quantized = QuantizedNetwork.quantizing(folded, plan: plan, quantizer: .brecq)
    #expect(quantized.bitWidths == plan.bitWidths)
    for (index, layer) in quantized.network.layers.enumerated() {
      #expect(layer.weight == quantized.weights[index].dequantized())
      #expect(layer.name == folded.layers[index].name)
      #expect(layer.bias == folded.layers[index].bias)
    }
    #expect(quantized(images) == quantized.network.logits(images))
  }

  @Test("Logits come closer to the original ones with every bit")
  func convergence() {
    let exact = folded.logits(images)
    let distances = ([4, 6, 8] as [BitWidth]).map { bitWidth in
      let plan = BitPlan.uniform(bitWidth, network: folded)
      let quantized = QuantizedNetwork.quantizing(folded, plan: plan, quantizer: .brecq)
      return quantized(images).squaredDistance(to: exact)
    }
    #expect(distances[0] > distances[1] && distances[1] > distances[2])
    #expect(relativeDistance(distances[2], to: exact) < 0.05)
  }

  private func relativeDistance(_ squared: Double, to exact: Tensor) -> Double {
    (squared / exact.squaredDistance(to: Tensor(zeros: exact.shape))).squareRoot()
  }

  @Test("One changed code changes the logits")
  func flippedCode() {
    let plan = BitPlan.uniform(4, network: folded)
    let quantized = QuantizedNetwork.quantizing(folded, plan: plan, quantizer: .brecq)
    var weights = quantized.weights
    let first = weights[0]
    var codes = first.codes
    codes[0] ^= 0x80
    weights[0] = QuantizedTensor(
      shape: first.shape, codes: codes, grids: first.grids, granularity: first.granularity)
    #expect(QuantizedNetwork(folded, weights: weights)(images) != quantized(images))
  }

  @Test("Activations are rounded at sites with a grid and nowhere else")
  func activationGrids() {
    let plan = BitPlan.uniform(8, network: folded)
    var quantized = QuantizedNetwork.quantizing(folded, plan: plan, quantizer: .brecq)
    let site = folded.units[2].name
    let grid = UniformAffine.covering(minimum: 0, maximum: 3, bitWidth: 3)
    quantized.activationGrids = [site: grid]
    let expected = quantized.network.logits(
      images, activations: { $0 == site ? grid.fakeQuantized($1) : $1 })
    #expect(quantized(images) == expected)
    #expect(quantized(images, context: Context(threads: 3)) == expected)
    #expect(quantized(images) != quantized.network.logits(images))
  }
}
