internal import CKernels
package import Execution

/// Uniform affine quantization of a slice of floats.
///
/// x̂ = (code − zeroPoint) · scale, with codes in 0..<levels and rounding half to even.
extension ArraySlice<Float> {
  /// Returns clamp(round(x / scale) + zeroPoint, 0, levels − 1) of every value.
  package func quantizedCodes(scale: Float, zeroPoint: Int, levels: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { codes, filled in
      withUnsafeBufferPointer {
        ck_quantize(
          count, $0.baseAddress, scale, Int32(zeroPoint), Int32(levels), codes.baseAddress)
      }
      filled = count
    }
  }

  /// Returns Σ |x − x̂|^power, accumulated in Double in a fixed order, if it is at most `limit`.
  ///
  /// Otherwise it returns some number above `limit` without reading all values.
  package func quantizationError(
    scale: Float, zeroPoint: Int, levels: Int, power: Float, limit: Double = .infinity
  ) -> Double {
    withUnsafeBufferPointer {
      ck_quantization_error(
        count, $0.baseAddress, scale, Int32(zeroPoint), Int32(levels), power, limit)
    }
  }

  /// Returns the smallest and the largest value; both are zero if there are no values.
  package func minimumAndMaximum() -> (minimum: Float, maximum: Float) {
    guard !isEmpty else { return (0, 0) }
    var (minimum, maximum): (Float, Float) = (0, 0)
    withUnsafeBufferPointer { ck_minimum_maximum(count, $0.baseAddress, &minimum, &maximum) }
    return (minimum, maximum)
  }

  /// Counts every value in its bin of `counts`.
  ///
  /// The bins divide the range from `minimum` to `maximum` evenly. Values outside count in the
  /// first or last bin.
  package func addHistogram(minimum: Float, maximum: Float, to counts: inout [UInt64]) {
    let bins = Int32(counts.count)
    withUnsafeBufferPointer {
      ck_histogram(count, $0.baseAddress, minimum, maximum, bins, &counts)
    }
  }
}

extension ArraySlice<UInt8> {
  /// Writes (code − zeroPoint) · scale of every code to `output`, which has the same count.
  package func dequantize(
    scale: Float, zeroPoint: Int, into output: UnsafeMutableBufferPointer<Float>
  ) {
    precondition(output.count == count, "\(count) codes for \(output.count) values")
    withUnsafeBufferPointer {
      ck_dequantize(count, $0.baseAddress, scale, Int32(zeroPoint), output.baseAddress)
    }
  }
}

extension Tensor {
  /// Replaces every scalar by the nearest value on the grid.
  package mutating func fakeQuantize(
    scale: Float, zeroPoint: Int, levels: Int, context: Context = .serial
  ) {
    scalars.withUnsafeMutableBufferPointer { buffer in
      let values = SharedPointer(buffer)
      context.forEach(buffer.indices.chunks(of: 1 << 16)) { chunk in
        ck_fake_quantize(
          chunk.count, scale, Int32(zeroPoint), Int32(levels),
          values.base.baseAddress.map { $0 + chunk.lowerBound })
      }
    }
  }
}
