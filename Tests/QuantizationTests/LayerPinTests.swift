import Files
import Graphs
import Quantization
import TestSupport
import Testing

@Suite struct LayerPinTests {
  let network = tinyResNet(seed: 1)

  @Test("A pin is a pattern, an equals sign and a width")
  func parsing() {
    #expect(LayerPin("layer4.*=8") == LayerPin(pattern: "layer4.*", bitWidth: 8))
    for text in ["layer4.*", "=8", "fc=9", "fc=1", "fc=", "fc=eight"] {
      #expect(LayerPin(text) == nil, "\(text)")
    }
  }

  @Test(
    "The pattern * matches any text and ? matches one character",
    arguments: [
      ("layer1.*", "layer1.0.conv1", true), ("layer1.*", "layer2.0.conv1", false),
      ("*.conv2", "layer1.0.conv2", true), ("layer?.0.*", "layer3.0.conv1", true),
      ("layer?.0", "layer3.0.conv1", false), ("*", "fc", true), ("fc", "fc", true),
      ("f", "fc", false), ("*a*b*", "xaybz", true), ("*ab", "aab", true), ("??", "fc", true),
      ("???", "fc", false), ("**", "", true),
    ])
  func matching(pattern: String, name: String, isMatch: Bool) {
    #expect(LayerPin(pattern: pattern, bitWidth: 4).matches(name) == isMatch)
  }

  @Test(
    "Pins override the rules for the first and the last layer, and later pins override earlier ones"
  )
  func precedence() throws {
    let pins = [("*", 3), ("layer2.*", 5), ("conv1", 6)].map {
      LayerPin(pattern: $0.0, bitWidth: BitWidth(integerLiteral: $0.1))
    }
    let pinned = try BitRules().pinned(in: network, pins: pins)
    #expect(pinned["conv1"] == 6 && pinned["linear"] == 3)
    #expect(pinned["layer2.0.conv1"] == 5 && pinned["layer1.0.conv1"] == 3)
    #expect(try BitRules().pinned(in: network, pins: []) == BitRules().pinned(in: network))
  }

  @Test("Pins of activations name sites and override the first site's 8 bits")
  func activations() throws {
    let pins = [("layer2.0*", 6), ("conv1", 5)].map {
      LayerPin(pattern: $0.0, bitWidth: BitWidth(integerLiteral: $0.1))
    }
    let pinned = try BitRules().pinnedActivations(in: network, pins: pins)
    #expect(pinned == ["conv1": 5, "layer2.0.conv1": 6, "layer2.0": 6])
    #expect(try BitRules().pinnedActivations(in: network, pins: []) == ["conv1": 8])
    // It is a layer but not a site, because the output of the block follows it.
    let error = #expect(throws: InputError.self) {
      try BitRules().pinnedActivations(
        in: network, pins: [LayerPin(pattern: "layer2.0.conv2", bitWidth: 4)])
    }
    #expect(error?.kind == .usage && error?.remedy.contains("layer2.0.conv1") == true)
  }

  @Test("A pin that matches no layer is a usage error with the most similar names")
  func noMatch() {
    let error = #expect(throws: InputError.self) {
      try BitRules().pinned(
        in: network, pins: [LayerPin(pattern: "layer2.0.conv3", bitWidth: 4)])
    }
    #expect(error?.kind == .usage && error?.place == "layer2.0.conv3=4")
    #expect(error?.remedy.contains("layer2.0.conv1, layer2.0.conv2") == true)
  }
}
