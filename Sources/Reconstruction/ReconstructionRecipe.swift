/// The weighting of a unit's output error (Docs/Algorithms/BRECQ.md).
package enum ReconstructionLossKind: String, Codable, Sendable, CaseIterable {
  /// The plain squared error, which the reference's script uses.
  case mse
  /// The squared error, weighted by the squared gradient of the network's output divergence.
  case fisher
}

/// The rounding at which the learning of a unit's weights starts.
package enum ReconstructionStart: String, Codable, Sendable, CaseIterable {
  /// Soft weights that equal the float weights, as in the reference.
  case nearest
  /// Soft weights between the float weights and the rounding of GPTQ.
  case gptq
}

/// All settings of a reconstruction; equal recipes and seeds give equal bits.
package struct ReconstructionRecipe: Codable, Equatable, Sendable {
  /// The name in reports and packed files.
  package var name: String
  /// The loss of the weight stage.
  package var loss: ReconstructionLossKind = .mse
  /// The rounding at which the weight stage starts.
  package var start = ReconstructionStart.nearest
  /// The strength with which the starting rounding moves h at the beginning, from 0 to 1.
  package var attraction: Float = 0
  /// The number of images drawn for each step, without replacement within a step.
  package var batch = 32
  /// The number of steps of the weight stage per unit.
  package var weightSteps: Int
  /// Adam's rate for α in the weight stage.
  package var weightRate: Float
  /// The fraction of steps before the rate falls along half a cosine; 1 keeps the rate constant.
  package var decayStart = 1.0
  /// The fraction of the rate that remains at the end.
  package var decayFloor = 0.1
  /// The factor λ of the rounding regulariser, which is a sum over all weights of a unit.
  package var roundingLambda: Float = 0.01
  /// The fraction of steps without the regulariser, at the beginning.
  package var warmUp = 0.2
  /// The exponent β at the end of the warm-up, from which it falls linearly.
  package var firstTemperature = 20.0
  /// The exponent β at the last step.
  package var lastTemperature = 2.0
  /// The number of steps of the activation stage per unit.
  package var activationSteps: Int
  /// Adam's rate for the scales of activations, which falls to zero along half a cosine.
  package var activationRate: Float = 4e-4
  /// The exponent of the activation stage's loss.
  package var activationExponent: Float = 2.4

  /// The defaults of the public reference implementation, but without its augmentation.
  package static let paper = ReconstructionRecipe(
    name: "paper", weightSteps: 20_000, weightRate: 1e-3, activationSteps: 5_000)

  /// A fortieth of the steps at a hundred times the rate; Docs/Algorithms/BRECQ.md explains the choice.
  package static let standard = ReconstructionRecipe(
    name: "standard", start: .gptq, attraction: 0.5, weightSteps: 500, weightRate: 0.1,
    activationSteps: 500)

  /// Few steps at a high rate from a good start, for a first result.
  package static let quick = ReconstructionRecipe(
    name: "quick", start: .gptq, attraction: 0.5, weightSteps: 80, weightRate: 0.2,
    decayStart: 0.5, activationSteps: 80)

  /// GPTQ without any learning.
  package static let gptq = ReconstructionRecipe(
    name: "gptq", start: .gptq, weightSteps: 0, weightRate: 0, activationSteps: 0)

  /// Rounding to nearest without any reconstruction.
  package static let nearest = ReconstructionRecipe(
    name: "nearest", weightSteps: 0, weightRate: 0, activationSteps: 0)

  /// Returns the rate of the weight stage at `step`, counted from 1.
  func weightRate(at step: Int) -> Float {
    cosineRate(weightRate, step: step, of: weightSteps, after: decayStart, to: decayFloor)
  }
}
