import Graphs
import Quantization
import Tensors
import TestSupport
import Testing

@Suite struct BitOperationsTests {
  let network = tinyBottleneckResNet(seed: 1)

  @Test("A weight's bit costs the multiply-adds times the bits of the layer's inputs")
  func perWeightBit() {
    let sizes = network.layerSizes(inputSize: (64, 64)).map(\.multiplyAdds)
    let floats = network.bitOperationsPerWeightBit(inputSize: (64, 64)) { _ in nil }
    #expect(floats == sizes.map { 32 * $0 })
    let mixed = network.bitOperationsPerWeightBit(inputSize: (64, 64)) {
      $0 == "conv1" ? 8 : $0 == "layer1.0" ? nil : 4
    }
    for (index, input) in network.layerInputs.enumerated() {
      let bits =
        switch input {
        case .image, .site("conv1"): 8
        case .site("layer1.0"): 32
        default: 4
        }
      #expect(mixed[index] == bits * sizes[index])
    }
  }

  @Test("Inputs that are never quantized count 32 bits, also in a shared budget")
  func floatingPoint() {
    let pooled = Graph.unit("unit") {
      let first = $0.append("first", .convolution(randomConvolution([4, 3, 1, 1], seed: 1)), 0)
      let site = $0.append("first", .relu, first)
      let mean = $0.append("mean", .averagePool(Window(kernel: 2, stride: 2)), site)
      $0.append("last", .convolution(randomConvolution([5, 4, 1, 1], seed: 2)), mean)
    }
    let costs = [12 * 64 * 8, 20 * 16 * 32]
    #expect(pooled.bitOperationsPerWeightBit(inputSize: (8, 8)) { _ in 4 } == costs)
    let plan = BitPlan(
      model: "m", rule: "r", layers: pooled.weightLayers, bitWidths: [3, 5],
      activations: [PlannedActivations(site: "first", elementCount: 256, bitWidth: 4)])
    #expect(
      pooled.sharedBitOperations(1, inputSize: (8, 8)).used(by: plan, granularity: .perChannel)
        == Double(3 * costs[0] + 5 * costs[1]))
  }

  @Test("A shared budget counts the plan's widths of activations, and 8 bits for the image")
  func shared() {
    let sizes = network.siteSizes(inputSize: (64, 64))
    var plan = BitPlan.uniform(3, network: network)
    plan.activations = sizes.enumerated().map { index, size in
      PlannedActivations(
        site: size.site, elementCount: size.elementCount, bitWidth: BitWidth.all[index % 7])
    }
    let widths = plan.activationBitWidths
    let fixed = network.bitOperationsPerWeightBit(inputSize: (64, 64)) { widths[$0] }
    let shared = network.sharedBitOperations(1, inputSize: (64, 64))
    #expect(
      shared.used(by: plan, granularity: .perChannel)
        == BitBudget.bitOperations(1, perWeightBit: fixed).used(by: plan, granularity: .perChannel))
  }
}
