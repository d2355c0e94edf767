internal import Tensors

extension Tensor {
  /// The sum of two maps of one shape; its gradient goes to both as it is.
  func adding(_ other: Tensor) -> Tensor {  // (N, C, H, W), (N, C, H, W) → (N, C, H, W)
    var sum = self
    sum.add(other)
    return sum
  }
}
