import ArgumentParser
import MixQuantKit
import Quantization
import Reconstruction

extension RoundingMethod: ExpressibleByArgument {
  /// All methods, each with what it does.
  static let choices =
    allCases.map { "\($0.rawValue): \($0.summary)" }.joined(separator: "; ") + "."
}
extension ReconstructionLossKind: ExpressibleByArgument {}
extension ReconstructionStart: ExpressibleByArgument {}
extension ActivationRange: ExpressibleByArgument {
  /// Reads `min-max`, `mse` or `percentile:99.9`.
  public init?(argument: String) {
    guard let range = ActivationRange(argument) else { return nil }
    self = range
  }
}

/// The name of a recipe.
enum RecipeName: String, CaseIterable, ExpressibleByArgument {
  case quick, standard, paper

  var recipe: ReconstructionRecipe {
    switch self {
    case .quick: .quick
    case .standard: .standard
    case .paper: .paper
    }
  }

  /// The default number of calibration images.
  var calibrationImages: Int { self == .quick ? 512 : 1024 }
}

/// The options of the quantization except the plan.
struct QuantizationArguments: ParsableArguments {
  @Option(
    help:
      "Quantize activations to this many bits, 2 to 8; by default they stay in floating point.")
  var activationBits: BitWidth?

  @Option(
    help:
      "The method that finds activation ranges: mse, min-max or a percentile, as percentile:99.9.")
  var activationRange: ActivationRange = .mse

  @Option(
    help:
      "The number of images drawn by the seed; by default 1024, or 512 with --recipe quick.")
  var calibrationImages: Int?

  @Option(
    help:
      "The recipe of brecq: quick, standard, or paper with the reference's 20,000 and 5,000 steps.")
  var recipe: RecipeName = .standard

  @Option(help: "The weighting of a block's output error: mse (none) or fisher.")
  var loss: ReconstructionLossKind = .mse

  @Option(
    help: "The rounding at which learning starts: gptq or nearest; by default the recipe's."
  )
  var start: ReconstructionStart?

  @Option(help: "The steps of the weight stage per block; by default the recipe's.")
  var steps: Int?

  @Option(help: "The steps of the activation stage per block; by default the recipe's.")
  var activationSteps: Int?

  @Option(help: "The number of images per step.")
  var batch = 32

  func validate() throws {
    if let calibrationImages, calibrationImages < 1 {
      throw ValidationError("--calibration-images \(calibrationImages) is not positive.")
    }
    let mostSteps = 1_000_000
    for (name, steps) in [("steps", steps), ("activation-steps", activationSteps)] {
      guard let steps, !(0...mostSteps).contains(steps) else { continue }
      throw ValidationError("--\(name) \(steps) is not between 0 and \(mostSteps).")
    }
    guard (1...4096).contains(batch) else {
      throw ValidationError("--batch \(batch) is not between 1 and 4096.")
    }
  }

  /// Returns the recipe of these flags and `weights`.
  func recipe(
    method: RoundingMethod, weights: WeightArguments, seed: UInt64
  ) -> QuantizationRecipe {
    var reconstruction = recipe.recipe
    reconstruction.loss = loss
    reconstruction.batch = batch
    reconstruction.start = start ?? reconstruction.start
    reconstruction.weightSteps = steps ?? reconstruction.weightSteps
    reconstruction.activationSteps = activationSteps ?? reconstruction.activationSteps
    return QuantizationRecipe(
      method: method, weights: weights.quantizer, rules: weights.rules,
      activationBits: activationBits, activationRange: activationRange,
      calibrationImages: calibrationImages ?? recipe.calibrationImages,
      reconstruction: reconstruction, seed: seed)
  }
}
