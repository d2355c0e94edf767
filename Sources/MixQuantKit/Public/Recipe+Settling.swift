internal import Files
internal import Quantization
internal import Reconstruction

extension Recipe {
  /// Returns the recipe for `count` calibration images and a plan.
  ///
  /// - Throws: `usage` if a value is out of range, or has no effect with the other values and the plan.
  func settled(count: Int, plan: BitPlan) throws(InputError) -> QuantizationRecipe {
    var reconstruction = method.reconstruction
    try learning.override(&reconstruction)
    let bits: BitWidth? =
      if let activationBits { try .validated(activationBits) } else { nil }
    let recipe = QuantizationRecipe(
      method: method.rounding, weights: grid.quantizer, rules: plan.rules, activationBits: bits,
      activationRange: try activationRange.validated(), calibrationImages: count,
      reconstruction: reconstruction, seed: seed)
    try requireEffect(recipe, plan)
    return recipe
  }

  private func requireEffect(_ recipe: QuantizationRecipe, _ plan: BitPlan) throws(InputError) {
    guard plan.activations.isEmpty || activationBits == nil else {
      throw InputError(
        .conflictingOptions, "cannot quantize activations", at: "activationBits",
        because: "the plan already has their widths", try: "leave out activationBits")
    }
    guard recipe.method.learns || learning == Learning() else {
      throw .withoutEffect("learning", "the method \(method.rawValue) does not learn")
    }
    guard !recipe.quantizesActivations(by: plan) else { return }
    guard activationRange == .mse else {
      throw .withoutEffect("activationRange", "activations stay in floating point")
    }
    guard learning.activationSteps == nil else {
      throw .withoutEffect("learning.activationSteps", "activations stay in floating point")
    }
  }
}

extension Recipe.Method {
  fileprivate var rounding: RoundingMethod {
    switch self {
    case .nearest: .nearest
    case .gptq: .gptq
    case .brecqQuick, .brecq, .brecqPaper: .brecq
    }
  }

  fileprivate var reconstruction: ReconstructionRecipe {
    switch self {
    case .brecqQuick: .quick
    case .brecqPaper: .paper
    case .nearest, .gptq, .brecq: .standard
    }
  }
}

extension Recipe.Grid {
  /// The settings for rounding weights.
  var quantizer: WeightQuantizer {
    let granularity: Quantization.Granularity =
      switch granularity {
      case .perChannel: .perChannel
      case .perTensor: .perTensor
      }
    let symmetry: Quantization.Symmetry =
      switch symmetry {
      case .byWidth: .byWidth
      case .symmetric: .symmetric
      case .asymmetric: .asymmetric
      }
    let range: RangeMethod =
      switch range {
      case .mse: .mse
      case .minMax: .minMax
      }
    return WeightQuantizer(granularity: granularity, symmetry: symmetry, range: range)
  }
}

extension Recipe.ActivationRange {
  fileprivate func validated() throws(InputError) -> Quantization.ActivationRange {
    switch self {
    case .mse: return .mse
    case .minMax: return .minMax
    case .percentile(let percentage):
      guard percentage > 50, percentage <= 100 else {
        throw .outOfRange("activationRange", "\(percentage)", "a percentile above 50, up to 100")
      }
      return .percentile(percentage)
    }
  }
}

extension Recipe.Learning {
  /// Sets the values that are not nil; throws `usage` if one is out of range.
  fileprivate func override(_ recipe: inout ReconstructionRecipe) throws(InputError) {
    let numbers = [
      ("learning.steps", steps, 0...1_000_000),
      ("learning.activationSteps", activationSteps, 0...1_000_000),
      ("learning.batch", batch, 1...4096),
    ]
    for (name, value, range) in numbers {
      guard let value, !range.contains(value) else { continue }
      throw .outOfRange(
        name, "\(value)", "a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    if let loss {
      recipe.loss =
        switch loss {
        case .mse: .mse
        case .fisher: .fisher
        }
    }
    if let start {
      recipe.start =
        switch start {
        case .nearest: .nearest
        case .gptq: .gptq
        }
    }
    recipe.weightSteps = steps ?? recipe.weightSteps
    recipe.activationSteps = activationSteps ?? recipe.activationSteps
    recipe.batch = batch ?? recipe.batch
  }
}

extension InputError {
  /// Returns the error for a value of a property that is too small or too large.
  fileprivate static func outOfRange(
    _ property: String, _ value: String, _ allowed: String
  ) -> InputError {
    InputError(
      .outOfRange, "cannot use the recipe", at: "\(property) = \(value)",
      because: "it is out of range", try: "give \(allowed)")
  }

  /// Returns the error for a property that nothing would read.
  fileprivate static func withoutEffect(_ property: String, _ reason: String) -> InputError {
    InputError(
      .unusedOption, "cannot use the recipe", at: property,
      because: "it has no effect: \(reason)", try: "leave it out")
  }
}
