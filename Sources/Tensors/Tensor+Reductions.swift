internal import CKernels

extension Tensor {
  /// Returns the maximum over `kernel`×`kernel` windows of (N, C, H, W); padding never wins.
  package func maxPooled(kernel: Int, stride: Int, padding: Int) -> Tensor {
    let window = ConvolutionGeometry(stride: stride, padding: padding)
    let (height, width) = (
      window.outputExtent(shape[2], kernel: kernel), window.outputExtent(shape[3], kernel: kernel)
    )
    return Tensor(shape: [shape[0], shape[1], height, width]) { output in
      ck_max_pool(
        Int32(shape[0] * shape[1]), Int32(shape[2]), Int32(shape[3]), Int32(kernel),
        Int32(stride), Int32(padding), scalars, output.baseAddress)
    }
  }

  /// Returns the gradient of a loss with respect to the input of `maxPooled`.
  ///
  /// This tensor is that input. Each window's gradient goes to its first largest pixel.
  package func maxPoolGradient(
    outputGradient: Tensor, kernel: Int, stride: Int, padding: Int
  ) -> Tensor {
    Tensor(shape: shape) { gradient in
      ck_max_pool_gradient(
        Int32(shape[0] * shape[1]), Int32(shape[2]), Int32(shape[3]), Int32(kernel),
        Int32(stride), Int32(padding), scalars, outputGradient.scalars, gradient.baseAddress)
    }
  }

  /// Returns the mean of every plane of (N, C, H, W) as (N, C, 1, 1), summed in Double.
  package func meanPooled() -> Tensor {
    Tensor(shape: [shape[0], shape[1], 1, 1]) { output in
      ck_mean_pool(
        Int32(shape[0] * shape[1]), Int32(shape[2] * shape[3]), scalars, output.baseAddress)
    }
  }

  /// Returns Σ self · other over `rows` of both, accumulated in Double in a fixed order.
  package func dotProduct(with other: Tensor, rows: Range<Int>) -> Double {
    precondition(shape == other.shape, "\(shape) against \(other.shape)")
    let stride = scalars.count / max(rowCount, 1)
    return scalars.withUnsafeBufferPointer { left in
      other.scalars.withUnsafeBufferPointer { right in
        ck_dot(
          rows.count * stride, left.baseAddress.map { $0 + rows.lowerBound * stride },
          right.baseAddress.map { $0 + rows.lowerBound * stride })
      }
    }
  }

  /// Returns the index of the largest scalar of each row of (N, classes), the first if several are equal.
  package func argmaxOfRows() -> [Int] {
    let width = scalars.count / max(rowCount, 1)
    return (0..<rowCount).map { row in
      let values = scalars[row * width..<(row + 1) * width]
      let best = values.indices.max { (values[$0], $1) < (values[$1], $0) }
      return best.map { $0 - values.startIndex } ?? 0
    }
  }

  /// Returns the largest difference from `other`, divided by the largest magnitude in `other`.
  ///
  /// If that magnitude is zero, it returns the difference itself; if a scalar is not a number, it
  /// returns infinity.
  package func relativeDifference(from other: Tensor) -> Double {
    precondition(shape == other.shape, "\(shape) against \(other.shape)")
    var (largest, magnitude) = (0.0, 0.0)
    for (scalar, reference) in zip(scalars, other.scalars) {
      let difference = abs(Double(scalar) - Double(reference))
      guard !difference.isNaN else { return .infinity }
      largest = max(largest, difference)
      magnitude = max(magnitude, abs(Double(reference)))
    }
    return magnitude > 0 ? largest / magnitude : largest
  }
}
