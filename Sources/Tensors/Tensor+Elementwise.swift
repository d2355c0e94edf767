internal import CKernels

extension Tensor {
  /// Replaces every scalar x by max(0, x).
  package mutating func relu() {
    let count = scalars.count
    ck_relu(count, &scalars)
  }

  /// Adds `other`, of the same shape, to this tensor.
  package mutating func add(_ other: Tensor) {
    precondition(shape == other.shape, "\(shape) + \(other.shape)")
    let count = scalars.count
    ck_add(count, other.scalars, &scalars)
  }

  /// Returns the difference between this tensor and `other`, of the same shape.
  package func subtracting(_ other: Tensor) -> Tensor {
    precondition(shape == other.shape, "\(shape) - \(other.shape)")
    return Tensor(shape: shape, scalars: zip(scalars, other.scalars).map { $0 - $1 })
  }

  /// Replaces every scalar x by max(0, x + other), the last operation of a residual block.
  package mutating func addThenReLU(_ other: Tensor) {
    precondition(shape == other.shape, "\(shape) + \(other.shape)")
    let count = scalars.count
    ck_add_relu(count, other.scalars, &scalars)
  }

  /// Turns the gradient of a ReLU's output into the gradient of its input.
  ///
  /// The gradient becomes zero if the ReLU's `output` is zero.
  package mutating func maskWhereZero(_ output: Tensor) {
    precondition(shape == output.shape, "gradient \(shape) of an output \(output.shape)")
    let count = scalars.count
    ck_relu_gradient(count, output.scalars, &scalars)
  }

  /// Replaces every scalar x of channel c in (N, C, H, W) by x · scale[c] + shift[c].
  package mutating func scaleAndShiftChannels(scale: [Float], shift: [Float]) {
    let planes = shape[0] * shape[1]
    let planeSize = planes == 0 ? 0 : scalars.count / planes
    ck_scale_shift(
      Int32(planes), Int32(shape[1]), Int32(planeSize), scale, shift, &scalars)
  }
}
