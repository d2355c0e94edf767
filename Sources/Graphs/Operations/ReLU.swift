internal import Tensors

extension Tensor {
  /// Returns max(x, 0) of every scalar: (N, C, H, W) → (N, C, H, W).
  func rectified() -> Tensor {
    var output = self
    output.relu()
    return output
  }

  /// Returns the gradient with respect to a ReLU's input, which is zero if the output is zero.
  func throughReLU(output: Tensor) -> Tensor {
    var gradient = self
    gradient.maskWhereZero(output)
    return gradient
  }
}
