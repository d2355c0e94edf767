internal import Networks
package import Tensors

/// What enters the next unit, for all calibration images, in the full-precision network and in the one
/// whose earlier units are quantized: BRECQ's inputs, carried forward instead of computed anew from the
/// images for every unit.
package struct BlockInputs: Sendable {
  /// In the full-precision network, (N, C, H, W).
  package internal(set) var fullPrecision: Tensor
  /// Behind quantized units, (N, C, H, W).
  package internal(set) var quantized: Tensor

  package init(fullPrecision: Tensor, quantized: Tensor) {
    self.fullPrecision = fullPrecision
    self.quantized = quantized
  }

  /// The pooled features that enter the head.
  package func pooled() -> BlockInputs {
    BlockInputs(
      fullPrecision: fullPrecision.meanPooled(), quantized: quantized.meanPooled())
  }
}
