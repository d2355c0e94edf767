package import Execution
package import Files

/// The activations of many images at one place of a network, (N, C, H, W): what reconstruction carries from
/// unit to unit.
///
/// A reference and no value, since there is room for one of it only. Its storage, memory or a file, is
/// taken once and changes no bit of it.
package final class ActivationCache: @unchecked Sendable {
  /// (Images so far, C, H, W).
  package private(set) var shape: Shape = [0]
  private let floats: FloatBuffer

  /// Room for `images` images of at most `largestImage` floats; throws `cannotWrite` where a file cannot
  /// be made.
  package init(
    images: Int, largestImage: Int, storage: CacheStorage = .memory
  ) throws(InputError) {
    floats = try FloatBuffer(count: images * largestImage, storage: storage)
  }

  package var rowCount: Int { shape[0] }

  /// (C, H, W).
  package var imageShape: Shape { Shape(Array(shape.dimensions.dropFirst())) }

  /// Appends all images of `part`, which all have one shape.
  package func append(_ part: Tensor) {
    let imageShape = part.shape.dimensions.dropFirst()
    precondition(
      rowCount == 0 || Array(imageShape) == self.imageShape.dimensions,
      "images of shape \(part.shape) behind \(shape)")
    write(part, from: rowCount)
    shape = Shape([rowCount + part.rowCount] + imageShape)
  }

  /// Forgets all images, gives their memory back, and takes those of any shape again.
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

  /// The images at `indices`, copied in that order.
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

  /// Calls `body` with the first of all images, one behind another.
  package func withImages<Result>(_ body: (UnsafePointer<Float>) -> Result) -> Result {
    defer { floats.release() }
    return body(UnsafePointer(floats.base))
  }

  /// Puts what `body` makes of every `count` images in their place.
  ///
  /// Images that grow are taken from the last one on, others from the first one on, so that none is
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
  /// A copy of `tensor`, in memory.
  package convenience init(_ tensor: Tensor) {
    let images = max(tensor.rowCount, 1)
    do {
      try self.init(images: images, largestImage: tensor.scalars.count / images)
    } catch { preconditionFailure(error.description) }
    append(tensor)
  }
}
