internal import Foundation

/// Batch normalisation with the statistics of training: y = (x − mean) / √(variance + ε) · scale + shift.
package struct BatchNorm: Sendable, Equatable {
  /// γ, one a channel.
  package let scale: [Float]
  /// β, one a channel.
  package let shift: [Float]
  package let mean: [Float]
  package let variance: [Float]
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

  /// The same map as y = x · factor[c] + offset[c], computed in Double.
  package var affine: (factor: [Double], offset: [Double]) {
    let factor = zip(scale, variance).map { Double($0) / (Double($1) + epsilon).squareRoot() }
    let offset = zip(zip(shift, mean), factor).map { Double($0.0) - Double($0.1) * $1 }
    return (factor, offset)
  }
}
