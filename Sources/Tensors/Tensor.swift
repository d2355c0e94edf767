/// A contiguous array of `Float`, outermost axis first: images are (N, C, H, W).
///
/// There are no strides, views or element types. A file reader makes its data contiguous and
/// `Float` once, and all other code can take a pointer.
package struct Tensor: Equatable, Sendable {
  /// The extents, outermost first.
  package let shape: Shape
  /// The scalars; those of the innermost axis are neighbours.
  package var scalars: [Float]

  package init(shape: Shape, scalars: [Float]) {
    precondition(
      scalars.count == shape.count, "\(scalars.count) scalars do not fill the shape \(shape)")
    self.shape = shape
    self.scalars = scalars
  }

  package init(zeros shape: Shape) {
    self.init(shape: shape, scalars: [Float](repeating: 0, count: shape.count))
  }

  /// Creates a tensor whose scalars are written by `fill`, which must write all of them.
  package init(shape: Shape, filledBy fill: (UnsafeMutableBufferPointer<Float>) -> Void) {
    self.shape = shape
    scalars = [Float](unsafeUninitializedCapacity: shape.count) { buffer, count in
      fill(buffer)
      count = shape.count
    }
  }

  /// The rows `range` of the outermost axis, copied.
  package subscript(rows range: Range<Int>) -> Tensor {
    let stride = rowCount == 0 ? 0 : scalars.count / rowCount
    return Tensor(
      shape: Shape([range.count] + shape.dimensions.dropFirst()),
      scalars: Array(scalars[range.lowerBound * stride..<range.upperBound * stride]))
  }

  /// Returns copies of the rows at `indices` of the outermost axis, in that order.
  package func gathering(rows indices: [Int]) -> Tensor {
    let stride = rowCount == 0 ? 0 : scalars.count / rowCount
    return Tensor(shape: Shape([indices.count] + shape.dimensions.dropFirst())) { buffer in
      scalars.withUnsafeBufferPointer { source in
        for (row, index) in indices.enumerated() {
          let values = UnsafeBufferPointer(rebasing: source[index * stride..<(index + 1) * stride])
          _ = UnsafeMutableBufferPointer(rebasing: buffer[row * stride..<(row + 1) * stride])
            .initialize(from: values)
        }
      }
    }
  }

  /// The extent of the outermost axis, such as the number of images of a batch.
  package var rowCount: Int { shape[0] }

  /// The extents of a row: (C, H, W) for images.
  package var imageShape: Shape { Shape(Array(shape.dimensions.dropFirst())) }

  /// Returns a tensor with the same scalars and another shape.
  package func reshaped(_ newShape: Shape) -> Tensor { Tensor(shape: newShape, scalars: scalars) }
}
