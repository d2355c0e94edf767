internal import Foundation
package import Tensors

/// Batch normalisation with the statistics of training (Ioffe and Szegedy, ICML 2015).
///
/// It computes y = (x − mean) / √(variance + ε) · scale + shift, with one value of each per channel.
package struct BatchNorm: Sendable, Equatable {
  /// γ.
  package let scale: [Float]
  /// β.
  package let shift: [Float]
  /// μ.
  package let mean: [Float]
  /// σ².
  package let variance: [Float]
  /// ε.
  package let epsilon: Double

  package init(
    scale: [Float], shift: [Float], mean: [Float], variance: [Float], epsilon: Double = 1e-5
  ) {
    self.scale = scale
    self.shift = shift
    self.mean = mean
    self.variance = variance
    self.epsilon = epsilon
  }

  package var channels: Int { scale.count }

  /// The same function in the form y = x · factor[c] + offset[c], computed in Double.
  package var affine: (factor: [Double], offset: [Double]) {
    let factor = zip(scale, variance).map { Double($0) / (Double($1) + epsilon).squareRoot() }
    let offset = zip(zip(shift, mean), factor).map { Double($0.0) - Double($0.1) * $1 }
    return (factor, offset)
  }

  /// Returns the normalised maps: (N, C, H, W) → (N, C, H, W).
  package func callAsFunction(_ input: Tensor) -> Tensor {
    let (factor, offset) = affine
    var output = input
    output.scaleAndShiftChannels(scale: factor.map(Float.init), shift: offset.map(Float.init))
    return output
  }

  /// Returns the gradient with respect to the input, of the same shape as `outputGradient`.
  func inputGradient(outputGradient: Tensor) -> Tensor {
    var gradient = outputGradient
    gradient.scaleAndShiftChannels(
      scale: affine.factor.map(Float.init), shift: [Float](repeating: 0, count: channels))
    return gradient
  }
}
