internal import Tensors

extension Tensor {
  // (N, C, H, W) → (N, C, H, W)
  func rectified() -> Tensor {
    var output = self
    output.relu()
    return output
  }

  /// Returns the gradient with respect to a ReLU's input: zero wherever the output is.
  func throughReLU(output: Tensor) -> Tensor {
    var gradient = self
    gradient.maskWhereZero(output)
    return gradient
  }
}
