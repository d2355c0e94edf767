package import Networks

/// Which layers and activations keep a bit-width of their own, whatever is asked for the rest.
///
/// BRECQ's rule as its reference applies it to a ResNet: the first layer's weights and output and the
/// last layer's weights at 8 bits. The input of the last layer is the last block's output and stays at
/// the width of the other activations; the image itself is not quantized.
package struct BitRules: Sendable, Codable, Equatable {
  /// The width of the first layer's weights.
  package var stemBits: BitWidth
  /// The width of the last layer's weights.
  package var headBits: BitWidth

  /// The width of the stem's output, where activations are quantized at all.
  package static let stemOutputBits: BitWidth = 8

  package init(stemBits: BitWidth = 8, headBits: BitWidth = 8) {
    self.stemBits = stemBits
    self.headBits = headBits
  }

  /// The layers whose width these rules fix.
  package func pinned(in network: ResNet) -> [String: BitWidth] {
    [network.stem.convolution.name: stemBits, network.head.name: headBits]
  }

  /// The sites whose width these rules fix where activations are quantized.
  package func pinnedActivations(in network: ResNet) -> [ActivationSite: BitWidth] {
    [network.stem.convolution.name: Self.stemOutputBits]
  }

  /// The rules in a sentence, with activations left in floating point where `activationBits` is `nil`
  /// and the plan says nothing of them.
  package func description(activationBits: BitWidth?, arePlanned: Bool = false) -> String {
    let weights =
      "weights: first layer \(stemBits) bits, last layer \(headBits) bits, the others as planned"
    guard !arePlanned else {
      return weights
        + "; activations: after every ReLU as planned; image, sums before a ReLU and logits not"
        + " quantized"
    }
    guard let activationBits else { return weights + "; activations: not quantized" }
    return weights
      + "; activations: first layer's output \(Self.stemOutputBits) bits, after every other ReLU \(activationBits) bits"
      + " (so is the last layer's input); image, sums before a ReLU and logits not quantized"
  }
}
