internal import Tensors

extension Tensor {
  /// Returns the sum of two maps of one shape; its gradient is also that of each map.
  func adding(_ other: Tensor) -> Tensor {  // (N, C, H, W), (N, C, H, W) → (N, C, H, W)
    var sum = self
    sum.add(other)
    return sum
  }
}
