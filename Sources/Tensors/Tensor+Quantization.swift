internal import CKernels
package import Execution

/// Uniform affine quantization of a stretch of floats: x̂ = (code − zeroPoint) · scale, with codes in
/// 0..<levels and rounding half to even.
extension ArraySlice<Float> {
  /// clamp(round(x / scale) + zeroPoint, 0, levels − 1) of every value.
  package func quantizedCodes(scale: Float, zeroPoint: Int, levels: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { codes, filled in
      withUnsafeBufferPointer {
        ck_quantize(
          count, $0.baseAddress, scale, Int32(zeroPoint), Int32(levels), codes.baseAddress)
      }
      filled = count
    }
  }

  /// Σ |x − x̂|^power, accumulated in Double in a fixed order, where it is at most `limit`; else some number
  /// above `limit`, found without reading all values.
  package func quantizationError(
    scale: Float, zeroPoint: Int, levels: Int, power: Float, limit: Double = .infinity
  ) -> Double {
    withUnsafeBufferPointer {
      ck_quantization_error(
        count, $0.baseAddress, scale, Int32(zeroPoint), Int32(levels), power, limit)
    }
  }

  /// The smallest and the largest value; zeros for no values at all.
  package func minimumAndMaximum() -> (minimum: Float, maximum: Float) {
    guard !isEmpty else { return (0, 0) }
    var (minimum, maximum): (Float, Float) = (0, 0)
    withUnsafeBufferPointer { ck_minimum_maximum(count, $0.baseAddress, &minimum, &maximum) }
    return (minimum, maximum)
  }

  /// Adds every value to the bin of `counts` it falls into.
  ///
  /// The bins split the range from `minimum` to `maximum` evenly; values outside go to the end bins.
  package func addHistogram(minimum: Float, maximum: Float, to counts: inout [UInt64]) {
    let bins = Int32(counts.count)
    withUnsafeBufferPointer {
      ck_histogram(count, $0.baseAddress, minimum, maximum, bins, &counts)
    }
  }
}

extension ArraySlice<UInt8> {
  /// Writes (code − zeroPoint) · scale of every code to `output`, which has as many places.
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
  /// Replaces every scalar by the value of its code, in place: a round trip through the grid.
  package mutating func fakeQuantize(
    scale: Float, zeroPoint: Int, levels: Int, workers: Workers = .one
  ) {
    scalars.withUnsafeMutableBufferPointer { buffer in
      let values = SharedPointer(buffer)
      workers.forEach(buffer.indices.chunks(of: 1 << 16)) { chunk in
        ck_fake_quantize(
          chunk.count, scale, Int32(zeroPoint), Int32(levels),
          values.base.baseAddress.map { $0 + chunk.lowerBound })
      }
    }
  }
}
