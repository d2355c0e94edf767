/// A tensor that grows by rows of its outermost axis, in memory taken once.
package struct TensorRows: Sendable {
  private let expectedCount: Int
  private var rowShape: [Int] = []
  private var scalars: [Float] = []

  /// The rows so far.
  package private(set) var count = 0

  /// - Parameter expectedCount: how many rows will come, or more.
  package init(expecting expectedCount: Int) { self.expectedCount = expectedCount }

  /// Appends all rows of `part`, which all have one shape.
  package mutating func append(_ part: Tensor) {
    let shape = Array(part.shape.dimensions.dropFirst())
    precondition(count == 0 || shape == rowShape, "rows of shape \(shape) behind \(rowShape)")
    if count == 0 {
      rowShape = shape
      scalars.reserveCapacity(expectedCount * shape.reduce(1, *))
    }
    scalars += part.scalars
    count += part.rowCount
  }

  /// All rows; at least one must have come.
  package var tensor: Tensor { Tensor(shape: Shape([count] + rowShape), scalars: scalars) }
}
