import Allocation
import Datasets
import Files
import Graphs
import MixQuantKit
package import Quantization

/// What an experiment leaves to its contestants of the widths of activations.
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

  /// Who plans the activations of a contestant: itself, or the plain plan for one that has no say on them.
  static func planner(for allocator: Allocator) -> Allocator {
    allocator.plansActivations ? allocator : .twoWidth
  }
}

extension ExperimentDesign {
  /// What plans of `network` may choose from; throws `usage` for a pin that fits no site.
  func activationChoices(
    for network: Graph, transform: Transform
  ) throws(InputError) -> ActivationChoices? {
    guard let activations else { return nil }
    return try recipe.rules.activationChoices(
      for: network, inputSize: transform.usualInputSize, pins: activations.pins,
      candidates: activations.candidates)
  }
}

/// How an experiment's cells treat activations; another treatment is another family of tests.
struct ActivationTerms: Hashable {
  /// One width for all.
  let bitWidth: BitWidth?
  /// What plans of them may take on average.
  let averageBits: Double?

  /// Such as `A4`, and `A≤5.0` where they are planned; empty where they stay as they are.
  var mark: String {
    averageBits.map { "A≤\($0)" } ?? bitWidth.map { "A\($0)" } ?? ""
  }

  /// Such as `4-bit activations`.
  var text: String {
    averageBits.map { "activations of at most \($0) bits on average" }
      ?? bitWidth.map { "\($0)-bit activations" } ?? "weights only"
  }
}
