package import Tensors

/// The activations that enter the next unit, for all calibration images, in the full-precision network and
/// in the one whose earlier units are quantized.
///
/// They are carried forward instead of computed anew from the images for every unit.
package struct UnitInputs: Sendable {
  /// In the full-precision network, (N, C, H, W).
  package let fullPrecision: ActivationCache
  /// Behind quantized units, (N, C, H, W).
  package let quantized: ActivationCache
  /// Takes the Fisher weights of each unit's output; only Fisher's loss needs it.
  let importance: ActivationCache?

  package init(
    fullPrecision: ActivationCache, quantized: ActivationCache, importance: ActivationCache? = nil
  ) {
    self.fullPrecision = fullPrecision
    self.quantized = quantized
    self.importance = importance
  }
}
