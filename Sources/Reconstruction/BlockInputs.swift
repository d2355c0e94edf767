internal import Networks
package import Tensors

/// What enters the next unit, for all calibration images, in the full-precision network and in the one
/// whose earlier units are quantized: BRECQ's inputs, carried forward instead of computed anew from the
/// images for every unit.
package struct BlockInputs: Sendable {
  /// In the full-precision network, (N, C, H, W).
  package let fullPrecision: ActivationCache
  /// Behind quantized units, (N, C, H, W).
  package let quantized: ActivationCache
  /// Takes the Fisher weights of each block's output; only Fisher's loss needs it.
  let importance: ActivationCache?

  package init(
    fullPrecision: ActivationCache, quantized: ActivationCache, importance: ActivationCache? = nil
  ) {
    self.fullPrecision = fullPrecision
    self.quantized = quantized
    self.importance = importance
  }

  /// Puts the pooled features that enter the head in the place of the maps.
  package func pool() {
    for cache in [fullPrecision, quantized] { cache.mapInPlace(by: 32) { $0.meanPooled() } }
  }
}
