package import Quantization
package import Reconstruction

/// All settings of a quantization except the plan and the images.
///
/// Every packed file holds its recipe.
package struct QuantizationRecipe: Codable, Equatable, Sendable {
  package var method: RoundingMethod
  package var weights: WeightQuantizer
  package var rules: BitRules
  /// The width of all activations; nil leaves them in floating point.
  ///
  /// A plan with its own widths of activations has priority.
  package var activationBits: BitWidth?
  package var activationRange: ActivationRange
  /// The number of images drawn from the pool.
  package var calibrationImages: Int
  /// The number of those images, counted from the first, that give the ranges of activations.
  package var rangeImages: Int
  package var reconstruction: ReconstructionRecipe
  package var seed: UInt64

  package init(
    method: RoundingMethod = .brecq, weights: WeightQuantizer = .brecq,
    rules: BitRules = BitRules(), activationBits: BitWidth? = nil,
    activationRange: ActivationRange = .mse, calibrationImages: Int = 1024,
    rangeImages: Int = 256, reconstruction: ReconstructionRecipe = .standard, seed: UInt64 = 0
  ) {
    self.method = method
    self.weights = weights
    self.rules = rules
    self.activationBits = activationBits
    self.activationRange = activationRange
    self.calibrationImages = calibrationImages
    self.rangeImages = rangeImages
    self.reconstruction = reconstruction
    self.seed = seed
  }

  /// True if the recipe needs calibration images.
  package var needsImages: Bool { method.needsImages || activationBits != nil }

  /// Returns true if the recipe or the widths of activations in `plan` need calibration images.
  package func needsImages(for plan: BitPlan) -> Bool {
    needsImages || !plan.activations.isEmpty
  }

  /// Returns true if activations are quantized with `plan`.
  package func quantizesActivations(by plan: BitPlan) -> Bool {
    activationBits != nil || !plan.activations.isEmpty
  }

  /// The recipe with the reconstruction that its method really runs.
  package var settled: QuantizationRecipe {
    var settled = self
    settled.reconstruction = method.settled(reconstruction)
    return settled
  }

  /// Returns the recipe that really runs with `plan`, as packed files hold it.
  ///
  /// The rules are those of the plan. If activations are not quantized, the recipe has no steps for them
  /// and the default method for their ranges.
  package func settled(by plan: BitPlan) -> QuantizationRecipe {
    var settled = settled
    settled.rules = plan.rules
    if !quantizesActivations(by: plan) {
      settled.reconstruction.activationSteps = 0
      settled.activationRange = .mse
    }
    return settled
  }
}
