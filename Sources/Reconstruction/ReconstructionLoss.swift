internal import CKernels
package import Tensors

/// The distance between a unit's output and its full-precision target.
///
/// As in the reference, it is summed over channels and averaged over images and pixels.
package enum ReconstructionLoss: Sendable {
  /// Σ |output − target|².
  case squared
  /// Σ |output − target|^p.
  case power(Float)

  /// Returns the loss of `output` (N, C, H, W) and its gradient with respect to `output`.
  ///
  /// - Parameters:
  ///   - target: The full-precision output, of the same shape.
  ///   - importance: The weight of every element for `squared`; nil gives equal weights.
  ///   - positions: The divisor of both results: N·H·W of the whole batch, of which `output` may be a
  ///     part.
  package func measure(
    output: Tensor, target: Tensor, importance: Tensor? = nil, positions: Int
  ) -> (loss: Double, gradient: Tensor) {
    precondition(output.shape == target.shape, "\(output.shape) against \(target.shape)")
    let factor = 1 / Float(positions)
    let count = output.scalars.count
    var sum = 0.0
    let gradient = Tensor(shape: output.shape) { gradient in
      switch self {
      case .squared:
        if let importance {
          sum = ck_squared_loss(
            count, output.scalars, target.scalars, importance.scalars, factor,
            gradient.baseAddress)
        } else {
          sum = ck_squared_loss(
            count, output.scalars, target.scalars, nil, factor, gradient.baseAddress)
        }
      case .power(let p):
        sum = ck_power_loss(
          count, output.scalars, target.scalars, p, factor, gradient.baseAddress)
      }
    }
    return (sum / Double(positions), gradient)
  }
}
