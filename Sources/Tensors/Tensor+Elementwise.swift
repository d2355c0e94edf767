internal import CKernels

extension Tensor {
  /// max(0, ·) of every scalar, in place.
  package mutating func relu() {
    let count = scalars.count
    ck_relu(count, &scalars)
  }

  /// Adds `other`, of the same shape, in place.
  package mutating func add(_ other: Tensor) {
    precondition(shape == other.shape, "\(shape) + \(other.shape)")
    let count = scalars.count
    ck_add(count, other.scalars, &scalars)
  }

  /// The difference of two tensors of the same shape.
  package func subtracting(_ other: Tensor) -> Tensor {
    precondition(shape == other.shape, "\(shape) - \(other.shape)")
    return Tensor(shape: shape, scalars: zip(scalars, other.scalars).map { $0 - $1 })
  }

  /// max(0, · + other): the end of a residual block, in place.
  package mutating func addThenReLU(_ other: Tensor) {
    precondition(shape == other.shape, "\(shape) + \(other.shape)")
    let count = scalars.count
    ck_add_relu(count, other.scalars, &scalars)
  }

  /// Turns a gradient with respect to a ReLU's output into one with respect to its input: zero where
  /// the output is.
  package mutating func maskWhereZero(_ output: Tensor) {
    precondition(shape == output.shape, "gradient \(shape) of an output \(output.shape)")
    let count = scalars.count
    ck_relu_gradient(count, output.scalars, &scalars)
  }

  /// Scales and shifts every channel of (N, C, H, W) in place: x · scale[c] + shift[c].
  package mutating func scaleAndShiftChannels(scale: [Float], shift: [Float]) {
    let planes = shape[0] * shape[1]
    let planeSize = planes == 0 ? 0 : scalars.count / planes
    ck_scale_shift(
      Int32(planes), Int32(shape[1]), Int32(planeSize), scale, shift, &scalars)
  }
}
