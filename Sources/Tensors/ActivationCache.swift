package import Execution
package import Files

/// The activations of many images at one point of a network, with the shape (N, C, H, W).
///
/// Reconstruction carries them from unit to unit. The cache is a class, because memory has room for
/// only one copy. Its storage, in memory or in a file, is reserved once and does not affect values.
package final class ActivationCache: @unchecked Sendable {
  /// The shape (N, C, H, W), with N the number of images so far.
  package private(set) var shape: Shape = [0]
  private let floats: FloatBuffer

  /// Reserves room for `images` images of at most `largestImage` floats.
  ///
  /// - Throws: `cannotWrite` if `storage` is a file that cannot be made.
  package init(
    images: Int, largestImage: Int, storage: CacheStorage = .memory
  ) throws(InputError) {
    floats = try FloatBuffer(count: images * largestImage, storage: storage)
  }

  /// The number of images so far.
  package var rowCount: Int { shape[0] }

  /// The shape (C, H, W) of an image.
  package var imageShape: Shape { Shape(Array(shape.dimensions.dropFirst())) }

  /// Appends all images of `part`, which must have the same shape as the images so far.
  package func append(_ part: Tensor) {
    let imageShape = part.shape.dimensions.dropFirst()
    precondition(
      rowCount == 0 || Array(imageShape) == self.imageShape.dimensions,
      "images of shape \(part.shape) behind \(shape)")
    write(part, from: rowCount)
    shape = Shape([rowCount + part.rowCount] + imageShape)
  }

  /// Removes all images and returns their memory; later images may have any shape.
  package func removeAll() {
    shape = [0]
    floats.discard(behind: 0)
  }

  /// The images at `rows`, copied.
  package subscript(rows rows: Range<Int>) -> Tensor {
    let size = imageShape.count
    return Tensor(shape: Shape([rows.count] + imageShape.dimensions)) { buffer in
      withImages { images in
        _ = buffer.initialize(
          from: UnsafeBufferPointer(
            start: images + rows.lowerBound * size, count: rows.count * size))
      }
    }
  }

  /// Returns copies of the images at `indices`, in that order.
  package func gathering(rows indices: [Int]) -> Tensor {
    let size = imageShape.count
    return Tensor(shape: Shape([indices.count] + imageShape.dimensions)) { buffer in
      withImages { images in
        for (row, index) in indices.enumerated() {
          _ = UnsafeMutableBufferPointer(rebasing: buffer[row * size..<(row + 1) * size])
            .initialize(from: UnsafeBufferPointer(start: images + index * size, count: size))
        }
      }
    }
  }

  /// Calls `body` with a pointer to all images, which lie one after another.
  package func withImages<Result>(_ body: (UnsafePointer<Float>) -> Result) -> Result {
    defer { floats.release() }
    return body(UnsafePointer(floats.base))
  }

  /// Replaces every `count` images by the value that `body` returns for them.
  ///
  /// If images grow, the last ones are replaced first; otherwise the first ones are. No image is
  /// overwritten before it has been read.
  package func mapInPlace(by count: Int, _ body: (Tensor) -> Tensor) {
    let sample = body(self[rows: 0..<1])
    let grows = sample.scalars.count > imageShape.count
    let chunks = (0..<rowCount).chunks(of: count)
    for rows in grows ? chunks.reversed() : chunks {
      write(body(self[rows: rows]), from: rows.lowerBound)
    }
    shape = Shape([rowCount] + sample.shape.dimensions.dropFirst())
    floats.discard(behind: shape.count)
  }

  private func write(_ part: Tensor, from row: Int) {
    let start = row * (part.scalars.count / max(part.rowCount, 1))
    precondition(
      start + part.scalars.count <= floats.count, "no room for \(part.shape) at image \(row)")
    (floats.base + start).update(from: part.scalars, count: part.scalars.count)
    floats.release()
  }
}

extension ActivationCache {
  /// Creates a copy of `tensor` in memory.
  package convenience init(_ tensor: Tensor) {
    let images = max(tensor.rowCount, 1)
    do {
      try self.init(images: images, largestImage: tensor.scalars.count / images)
    } catch { preconditionFailure(error.description) }
    append(tensor)
  }
}
