package import Graphs

/// The layers and activations that have a fixed bit-width in every plan.
///
/// The default is the rule of BRECQ's reference for a ResNet. The first layer's weights and output
/// and the last layer's weights have 8 bits. The input of the last layer is the last block's
/// output, which has the width of the other activations. The image itself is not quantized.
package struct BitRules: Sendable, Codable, Equatable {
  /// The width of the first layer's weights.
  package var firstBits: BitWidth
  /// The width of the last layer's weights.
  package var lastBits: BitWidth

  /// The width of the first layer's output if activations are quantized.
  package static let firstOutputBits: BitWidth = 8

  package init(firstBits: BitWidth = 8, lastBits: BitWidth = 8) {
    self.firstBits = firstBits
    self.lastBits = lastBits
  }

  /// Returns the layers whose width these rules fix, by name.
  package func pinned(in network: Graph) -> [String: BitWidth] {
    let names = network.layers.map(\.name)
    guard let first = names.first, let last = names.last else { return [:] }
    return [first: firstBits, last: lastBits]
  }

  /// Returns the sites whose width these rules fix if activations are quantized.
  package func pinnedActivations(in network: Graph) -> [Site: BitWidth] {
    network.sites.first.map { [$0: Self.firstOutputBits] } ?? [:]
  }

  /// Returns the rules as one line of text.
  ///
  /// - Parameters:
  ///   - activationBits: The width of activations; `nil` if they are not quantized or planned.
  ///   - arePlanned: True if the plan sets the widths of activations.
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
      + "; activations: first layer's output \(Self.firstOutputBits) bits,"
      + " after every other ReLU \(activationBits) bits"
      + " (so is the last layer's input); image, sums before a ReLU and logits not quantized"
  }
}
