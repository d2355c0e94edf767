internal import Foundation
internal import Tensors

extension Tensor {
  /// Returns 1 / (1 + e⁻ˣ) of every scalar, computed in Double.
  func sigmoid() -> Tensor {  // (N, C, H, W) → (N, C, H, W)
    Tensor(shape: shape, scalars: scalars.map { Float(1 / (1 + exp(-Double($0)))) })
  }

  /// Returns the gradient with respect to a sigmoid's input: gradient · y · (1 − y).
  func throughSigmoid(output: Tensor) -> Tensor {
    Tensor(
      shape: shape, scalars: zip(scalars, output.scalars).map { $0 * $1 * (1 - $1) })
  }
}
