/// How a unit's output error is weighed (methods: BRECQ, section 3.2).
package enum ReconstructionLossKind: String, Codable, Sendable, CaseIterable {
  /// Plain squared error: what the reference's script uses.
  case mse
  /// Squared error weighted by the squared gradient of the network's own output divergence.
  case fisher
}

/// Every number that decides what a reconstruction does; equal recipes and seeds give equal bits.
package struct ReconstructionRecipe: Codable, Equatable, Sendable {
  package var name: String
  package var loss: ReconstructionLossKind = .mse
  /// Images drawn for each step, without replacement within a step.
  package var batch = 32
  /// Steps of the weight stage, for each unit.
  package var weightSteps: Int
  /// Adam's rate for α in the weight stage, constant.
  package var weightRate: Float
  /// λ of the rounding regulariser, which sums over all weights of a unit.
  package var roundingLambda: Float = 0.01
  /// Part of the steps before the regulariser sets in.
  package var warmUp = 0.2
  /// β falls linearly between these, from the end of the warm-up to the last step.
  package var firstTemperature = 20.0
  package var lastTemperature = 2.0
  /// Steps of the activation stage, for each unit.
  package var activationSteps: Int
  /// Adam's rate for the activations' scales, which falls to zero along half a cosine.
  package var activationRate: Float = 4e-4
  /// The exponent of the activation stage's loss.
  package var activationExponent: Float = 2.4

  /// The defaults of the public reference implementation, without its augmentation.
  package static let paper = ReconstructionRecipe(
    name: "paper", weightSteps: 20_000, weightRate: 1e-3, activationSteps: 5_000)

  /// A fortieth of the steps at a hundred times the rate; Docs/BRECQ.md tells how they were chosen.
  package static let standard = ReconstructionRecipe(
    name: "standard", weightSteps: 500, weightRate: 0.1, activationSteps: 500)

  /// A first answer: few steps, at a rate to match.
  package static let quick = ReconstructionRecipe(
    name: "quick", weightSteps: 80, weightRate: 0.2, activationSteps: 80)
}
