import Graphs
import Quantization
import TestSupport
import Testing

@Suite struct BitRulesTests {
  @Test("The first and the last layer are pinned, at 8 bits by default")
  func pinned() {
    let network = tinyResNet(seed: 1)
    #expect(BitRules().pinned(in: network) == ["conv1": 8, "linear": 8])
    #expect(
      BitRules(firstBits: 4, lastBits: 6).pinned(in: network)
        == ["conv1": 4, "linear": 6])
  }

  @Test("The description covers weights and activations")
  func description() {
    let weights = "weights: first layer 8 bits, last layer 8 bits, the others as planned"
    #expect(
      BitRules().description(activationBits: nil) == weights + "; activations: not quantized")
    let both = BitRules().description(activationBits: 4)
    #expect(both.hasPrefix(weights + "; activations: first layer's output 8 bits"))
    #expect(both.contains("after every other ReLU 4 bits"))
  }
}
