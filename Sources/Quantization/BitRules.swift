package import Graphs

/// Which layers and activations keep a bit-width of their own, whatever is asked for the rest.
///
/// BRECQ's rule as its reference applies it to a ResNet: the first layer's weights and output and the
/// last layer's weights at 8 bits. The input of the last layer is the last block's output and stays at
/// the width of the other activations; the image itself is not quantized.
package struct BitRules: Sendable, Codable, Equatable {
  /// The width of the first layer's weights.
  package var firstBits: BitWidth
  /// The width of the last layer's weights.
  package var lastBits: BitWidth

  /// The width of the first layer's output, if activations are quantized at all.
  package static let firstOutputBits: BitWidth = 8

  package init(firstBits: BitWidth = 8, lastBits: BitWidth = 8) {
    self.firstBits = firstBits
    self.lastBits = lastBits
  }

  /// The layers whose width these rules fix.
  package func pinned(in network: Graph) -> [String: BitWidth] {
    let names = network.layers.map(\.name)
    guard let first = names.first, let last = names.last else { return [:] }
    return [first: firstBits, last: lastBits]
  }

  /// The sites whose width these rules fix where activations are quantized.
  package func pinnedActivations(in network: Graph) -> [Site: BitWidth] {
    network.sites.first.map { [$0: Self.firstOutputBits] } ?? [:]
  }

  /// The rules in a sentence, with activations left in floating point where `activationBits` is `nil`
  /// and the plan says nothing of them.
  package func description(activationBits: BitWidth?, arePlanned: Bool = false) -> String {
    let weights =
      "weights: first layer \(firstBits) bits, last layer \(lastBits) bits, the others as planned"
    guard !arePlanned else {
      return weights
        + "; activations: after every ReLU as planned; image, sums before a ReLU and logits not"
        + " quantized"
    }
    guard let activationBits else { return weights + "; activations: not quantized" }
    return weights
      + "; activations: first layer's output \(Self.firstOutputBits) bits, after every other ReLU \(activationBits) bits"
      + " (so is the last layer's input); image, sums before a ReLU and logits not quantized"
  }
}
