internal import Execution
package import Tensors

/// The largest |actual − expected| over the largest |expected|: one figure for "how far off".
package func relativeError(_ actual: [Float], _ expected: [Float]) -> Double {
  precondition(actual.count == expected.count, "\(actual.count) values against \(expected.count)")
  let difference = zip(actual, expected).map { abs(Double($0) - Double($1)) }.max() ?? 0
  let magnitude = expected.map { abs(Double($0)) }.max() ?? 0
  return magnitude == 0 ? difference : difference / magnitude
}

/// A tensor of seeded standard normals.
package func randomTensor(_ shape: Shape, seed: UInt64) -> Tensor {
  var generator = SplitMix64(seed: seed)
  return Tensor(
    shape: shape, scalars: (0..<shape.count).map { _ in Float(generator.normal()) })
}

extension Tensor {
  /// The scalars in Double, as references compute.
  package var doubles: [Double] { scalars.map(Double.init) }
}

/// The largest |actual − expected| over the largest |expected|, for a reference in Double.
package func relativeError(_ actual: [Float], _ expected: [Double]) -> Double {
  precondition(actual.count == expected.count, "\(actual.count) values against \(expected.count)")
  let difference = zip(actual, expected).map { abs(Double($0) - $1) }.max() ?? 0
  let magnitude = expected.map { abs($0) }.max() ?? 0
  return magnitude == 0 ? difference : difference / magnitude
}

extension Tensor {
  /// Σ (self − other)².
  package func squaredDistance(to other: Tensor) -> Double {
    precondition(shape == other.shape, "\(shape) against \(other.shape)")
    return zip(doubles, other.doubles).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
  }
}

/// A failure of a test whose preparation went wrong.
package struct TestFailure: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}
