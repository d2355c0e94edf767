/// How a unit's output error is weighed (Docs/Algorithms/BRECQ.md).
package enum ReconstructionLossKind: String, Codable, Sendable, CaseIterable {
  /// Plain squared error: what the reference's script uses.
  case mse
  /// Squared error weighted by the squared gradient of the network's own output divergence.
  case fisher
}

/// Where the rounding of a unit's weights starts.
package enum ReconstructionStart: String, Codable, Sendable, CaseIterable {
  /// Soft weights equal the float ones: the reference.
  case nearest
  /// GPTQ, then learning that is attracted by its rounding.
  case gptq
}

/// Every number that decides what a reconstruction does; equal recipes and seeds give equal bits.
package struct ReconstructionRecipe: Codable, Equatable, Sendable {
  package var name: String
  package var loss: ReconstructionLossKind = .mse
  package var start = ReconstructionStart.nearest
  /// The strength by which the start's rounding attracts h at the beginning, from 0 to 1.
  package var attraction: Float = 0
  /// Images drawn for each step, without replacement within a step.
  package var batch = 32
  /// Steps of the weight stage, for each unit.
  package var weightSteps: Int
  /// Adam's rate for α in the weight stage.
  package var weightRate: Float
  /// Part of the steps before the rate begins to fall along half a cosine; 1 keeps it constant.
  package var decayStart = 1.0
  /// The part of the rate that is left at the end.
  package var decayFloor = 0.1
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

  /// A fortieth of the steps at a hundred times the rate; Docs/Algorithms/BRECQ.md tells how they were chosen.
  package static let standard = ReconstructionRecipe(
    name: "standard", start: .gptq, attraction: 0.5, weightSteps: 500, weightRate: 0.1,
    activationSteps: 500)

  /// A first answer: few steps from a good start, at a rate to match.
  package static let quick = ReconstructionRecipe(
    name: "quick", start: .gptq, attraction: 0.5, weightSteps: 80, weightRate: 0.2,
    decayStart: 0.5, activationSteps: 80)

  /// The start without any learning.
  package static let gptq = ReconstructionRecipe(
    name: "gptq", start: .gptq, weightSteps: 0, weightRate: 0, activationSteps: 0)

  /// No reconstruction at all.
  package static let nearest = ReconstructionRecipe(
    name: "nearest", weightSteps: 0, weightRate: 0, activationSteps: 0)

  /// The rate of the weight stage at `step`, counted from 1.
  func weightRate(at step: Int) -> Float {
    cosineRate(weightRate, step: step, of: weightSteps, after: decayStart, to: decayFloor)
  }
}
