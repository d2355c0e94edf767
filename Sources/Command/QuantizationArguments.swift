import ArgumentParser
import Files
import MixQuantKit
import Quantization
import Reconstruction

extension RoundingMethod: ExpressibleByArgument {
  /// All methods, each with a short description.
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
    help: ArgumentHelp(
      "Quantize activations to this many bits, 2 to 8; by default they stay in floating point.",
      valueName: "bits"))
  var activationBits: BitWidth?

  @Option(
    help: ArgumentHelp(
      "The number of images drawn by the seed; by default 1024, or 512 with --recipe quick.",
      valueName: "count"))
  var calibrationImages: Int?

  @Option(
    help: ArgumentHelp(
      """
      The recipe of brecq: quick, standard (the default), or paper with the reference's 20,000 and \
      5,000 steps.
      """, valueName: "recipe"))
  var recipe: RecipeName?

  @Option(
    help: ArgumentHelp(
      """
      The method that finds activation ranges: mse (the default), min-max or a percentile such as \
      percentile:99.9.
      """, valueName: "range", visibility: .hidden))
  var activationRange: ActivationRange?

  @Option(
    help: ArgumentHelp(
      "The weighting of a block's output error: mse (none, the default) or fisher.",
      valueName: "loss", visibility: .hidden))
  var loss: ReconstructionLossKind?

  @Option(
    help: ArgumentHelp(
      "The rounding at which learning starts: gptq or nearest; by default the recipe's.",
      valueName: "rounding", visibility: .hidden))
  var start: ReconstructionStart?

  @Option(
    help: ArgumentHelp(
      "The steps of the weight stage per block, 0 to 1,000,000; by default the recipe's.",
      valueName: "count", visibility: .hidden))
  var steps: Int?

  @Option(
    help: ArgumentHelp(
      "The steps of the activation stage per block, 0 to 1,000,000; by default the recipe's.",
      valueName: "count", visibility: .hidden))
  var activationSteps: Int?

  @Option(
    help: ArgumentHelp(
      "The number of images per step, 1 to 4,096; by default 32.", valueName: "count",
      visibility: .hidden))
  var batch: Int?

  func validate() throws {
    try require(calibrationImages, in: 1..., of: "--calibration-images")
    try require(steps, in: 0...1_000_000, of: "--steps")
    try require(activationSteps, in: 0...1_000_000, of: "--activation-steps")
    try require(batch, in: 1...4096, of: "--batch")
  }

  /// Throws an error that names the first given option that no part of the command reads.
  ///
  /// - Parameters:
  ///   - methods: The methods that the command runs.
  ///   - hasActivations: True if activations are quantized, or may be by a plan.
  func requireUsed(by methods: [RoundingMethod], hasActivations: Bool) throws {
    let names = methods.map(\.rawValue).joined(separator: ",")
    let learn = methods.contains(where: \.learns)
    let needed = learn ? nil : "--method \(names)"
    let options: [(name: String, isGiven: Bool, reason: String?)] = [
      ("recipe", recipe != nil, needed), ("loss", loss != nil, needed),
      ("start", start != nil, needed), ("steps", steps != nil, needed),
      ("batch", batch != nil, needed), ("activation-steps", activationSteps != nil, needed),
      (
        "activation-steps", activationSteps != nil,
        hasActivations ? nil : "activations in floating point"
      ),
      (
        "activation-range", activationRange != nil,
        hasActivations ? nil : "activations in floating point"
      ),
    ]
    for option in options where option.isGiven {
      guard let reason = option.reason else { continue }
      throw InputError.unused("--\(option.name)", "it has no effect with \(reason)")
    }
  }

  /// Returns the recipe of these flags and `weights`.
  func recipe(
    method: RoundingMethod, weights: WeightArguments, seed: UInt64
  ) -> QuantizationRecipe {
    let recipe = recipe ?? .standard
    var reconstruction = recipe.recipe
    reconstruction.loss = loss ?? reconstruction.loss
    reconstruction.batch = batch ?? reconstruction.batch
    reconstruction.start = start ?? reconstruction.start
    reconstruction.weightSteps = steps ?? reconstruction.weightSteps
    reconstruction.activationSteps = activationSteps ?? reconstruction.activationSteps
    return QuantizationRecipe(
      method: method, weights: weights.quantizer, rules: weights.rules,
      activationBits: activationBits, activationRange: activationRange ?? .mse,
      calibrationImages: calibrationImages ?? recipe.calibrationImages,
      reconstruction: reconstruction, seed: seed)
  }
}
