package import Quantization
package import Reconstruction

/// Everything that decides how a network is quantized, apart from the plan and the images; it stands in
/// every packed file.
package struct QuantizationRecipe: Codable, Equatable, Sendable {
  package var method: RoundingMethod
  package var weights: WeightQuantizer
  package var rules: BitRules
  /// One width for all activations, but where a plan has widths of its own; none leaves them in floating
  /// point.
  package var activationBits: BitWidth?
  package var activationRange: ActivationRange
  /// Images drawn from the pool.
  package var calibrationImages: Int
  /// Of those, the first ones that the activations' ranges are found on.
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

  /// Whether any image must be seen.
  package var needsImages: Bool { method.needsImages || activationBits != nil }

  /// The same for a plan that may have widths of activations.
  package func needsImages(for plan: BitPlan) -> Bool {
    needsImages || !plan.activations.isEmpty
  }

  /// Whether activations are quantized where `plan` is followed.
  package func quantizesActivations(by plan: BitPlan) -> Bool {
    activationBits != nil || !plan.activations.isEmpty
  }

  /// The same with the reconstruction that its method really runs; this stands in packed files.
  package var settled: QuantizationRecipe {
    var settled = self
    settled.reconstruction = method.settled(reconstruction)
    return settled
  }
}
