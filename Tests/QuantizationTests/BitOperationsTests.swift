import Networks
import Quantization
import TestSupport
import Testing

@Suite struct BitOperationsTests {
  let network = tinyBottleneckResNet(seed: 1)

  @Test("layers read the image, the site before them, or the block's input")
  func inputSites() {
    let sites = network.inputSites
    #expect(sites.count == network.layers.count)
    let byName = Dictionary(
      uniqueKeysWithValues: zip(network.layers.map(\.name), sites.map { $0 ?? "image" }))
    #expect(byName["conv1"] == "image")
    #expect(byName["layer1.0.conv1"] == "conv1")
    #expect(byName["layer1.0.conv3"] == "layer1.0.conv2")
    #expect(byName["layer2.0.downsample.0"] == "layer1.0")
    #expect(byName[network.head.name] == "layer4.0")
  }

  @Test("a weight's bit costs the multiply-adds times the bits of the layer's inputs")
  func perWeightBit() {
    let sizes = network.layerSizes(inputSize: (64, 64)).map(\.multiplyAdds)
    let floats = network.bitOperationsPerWeightBit(inputSize: (64, 64)) { _ in nil }
    #expect(floats == sizes.map { 32 * $0 })
    let mixed = network.bitOperationsPerWeightBit(inputSize: (64, 64)) {
      $0 == "conv1" ? 8 : $0 == "layer1.0" ? nil : 4
    }
    for (index, site) in network.inputSites.enumerated() {
      let bits = site == nil || site == "conv1" ? 8 : site == "layer1.0" ? 32 : 4
      #expect(mixed[index] == bits * sizes[index])
    }
  }

  @Test("a shared budget counts the plan's own widths of activations, and 8 bits for the image")
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
