import ArgumentParser
import MixQuantKit
import Quantization
import Reconstruction

extension RoundingMethod: ExpressibleByArgument {}
extension ReconstructionLossKind: ExpressibleByArgument {}
extension ReconstructionStart: ExpressibleByArgument {}
extension ActivationRange: ExpressibleByArgument {
  /// `min-max`, `mse` or `percentile:99.9`.
  public init?(argument: String) {
    guard let range = ActivationRange(argument) else { return nil }
    self = range
  }
}

/// A recipe by its name.
enum RecipeName: String, CaseIterable, ExpressibleByArgument {
  case quick, standard, paper

  var recipe: ReconstructionRecipe {
    switch self {
    case .quick: .quick
    case .standard: .standard
    case .paper: .paper
    }
  }

  /// Calibration images, unless asked otherwise.
  var calibrationImages: Int { self == .quick ? 512 : 1024 }
}

/// The settings of a quantization, apart from the plan.
struct QuantizationArguments: ParsableArguments {
  @Option(
    help:
      "Quantize activations to this many bits, 2 to 8; floating point if not given or planned.")
  var activationBits: BitWidth?

  @Option(
    help:
      "How activations' ranges are found: mse, min-max, or a percentile such as percentile:99.9.")
  var activationRange: ActivationRange = .mse

  @Option(
    help: "Images drawn from the calibration folder by the seed: 1024, or 512 with --recipe quick.")
  var calibrationImages: Int?

  @Option(
    help: "Reconstruction: quick, standard, or paper for the reference's 20,000 and 5,000 steps.")
  var recipe: RecipeName = .standard

  @Option(help: "How a block's output error is weighed: mse or fisher.")
  var loss: ReconstructionLossKind = .mse

  @Option(
    help: "Where learning starts: cholesky (error feedback), or nearest; the recipe's if not given."
  )
  var start: ReconstructionStart?

  @Option(help: "Steps of the weight stage for each block, instead of the recipe's.")
  var steps: Int?

  @Option(help: "Steps of the activation stage for each block, instead of the recipe's.")
  var activationSteps: Int?

  @Option(help: "Images in each step.")
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

  /// The recipe that these flags and `weights` make.
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
