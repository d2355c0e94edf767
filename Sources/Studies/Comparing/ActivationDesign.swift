import Allocation
import Datasets
import Files
import Graphs
import MixQuantKit
package import Quantization

/// The widths of activations that the contestants of an experiment may choose.
package struct ActivationDesign: Codable, Hashable, Sendable {
  /// Mean bits an activation, at most, over the sites that a plan may change.
  package var averageBits: Double
  package var candidates: [BitWidth]
  /// Widths that are fixed, beside those of the rules.
  package var pins: [LayerPin]

  package init(
    averageBits: Double, candidates: [BitWidth] = BitWidth.all, pins: [LayerPin] = []
  ) {
    self.averageBits = averageBits
    self.candidates = candidates
    self.pins = pins
  }

  private enum CodingKeys: String, CodingKey {
    case candidates, pins
    case averageBits = "average_bits"
  }

  /// Returns the allocator that plans the activations of `allocator`: itself, or two-width if it plans none.
  static func planner(for allocator: Allocator) -> Allocator {
    allocator.plansActivations ? allocator : .twoWidth
  }
}

extension ExperimentDesign {
  /// Returns the choices of plans for `network`; throws `usage` for a pin that fits no site.
  func activationChoices(
    for network: Graph, transform: Transform
  ) throws(InputError) -> ActivationChoices? {
    guard let activations else { return nil }
    return try recipe.rules.activationChoices(
      for: network, inputSize: transform.usualInputSize, pins: activations.pins,
      candidates: activations.candidates)
  }
}

/// The treatment of activations in an experiment's cells; each treatment is a family of tests.
struct ActivationTerms: Hashable {
  /// One width for all.
  let bitWidth: BitWidth?
  /// The limit on the average width, if they are planned.
  let averageBits: Double?

  /// Such as `A4`, or `A≤5.0` if they are planned; empty if they stay as they are.
  var mark: String {
    averageBits.map { "A≤\($0)" } ?? bitWidth.map { "A\($0)" } ?? ""
  }

  /// Such as `4-bit activations`.
  var text: String {
    averageBits.map { "activations of at most \($0) bits on average" }
      ?? bitWidth.map { "\($0)-bit activations" } ?? "weights only"
  }
}
