package import Tensors

/// The inputs of the next unit for all calibration images, in full precision and quantized.
///
/// Each unit replaces them by its outputs, so that they are not computed from the images again.
package struct UnitInputs: Sendable {
  /// The inputs in the full-precision network, (N, C, H, W).
  package let fullPrecision: ActivationCache
  /// The inputs in the network whose earlier units are quantized, (N, C, H, W).
  package let quantized: ActivationCache
  /// The cache for the Fisher weights of each unit's output; only the Fisher loss needs it.
  let importance: ActivationCache?

  package init(
    fullPrecision: ActivationCache, quantized: ActivationCache, importance: ActivationCache? = nil
  ) {
    self.fullPrecision = fullPrecision
    self.quantized = quantized
    self.importance = importance
  }
}
