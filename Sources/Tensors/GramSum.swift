internal import CKernels

/// The sum of x·xᵀ over patches x of a convolution's input: what the layer's inputs have in common.
///
/// A patch has d = C/groups · KH · KW entries, in the order of a kernel's weights; every group of channels
/// has a matrix (d, d) of its own. Products of about two thousand patches are made in Float and added up
/// in Double, always in the order of the images.
package struct GramSum: Sendable {
  let weights: Shape
  let geometry: ConvolutionGeometry
  private let positionLimit: Int
  // groups of (d, d), lower triangles
  private var sums: [[Double]]
  private(set) var patchCount = 0
  private var imageCount = 0

  /// Nothing yet.
  /// - Parameters:
  ///   - weights: the shape of the convolution's weights, (OC, C/groups, KH, KW).
  ///   - positionLimit: the most windows of an image that are looked at. Where there are more, every k-th
  ///     is, from image to image another one first; k has no divisor in common with the map's width, so
  ///     that all columns get their turn.
  package init(weights: Shape, geometry: ConvolutionGeometry, positionLimit: Int = .max) {
    precondition(positionLimit > 0, "a limit of \(positionLimit) positions")
    self.weights = weights
    self.geometry = geometry
    self.positionLimit = positionLimit
    let size = weights.count / weights[0]
    sums = [[Double]](
      repeating: [Double](repeating: 0, count: size * size), count: geometry.groups)
  }

  /// The number d of entries of a patch.
  package var patchSize: Int { weights.count / weights[0] }

  /// Adds the patches of `images` (N, C, H, W).
  package mutating func add(_ images: Tensor, workers: Workers = .one) {
    let sampling = sampling(of: images)
    for rows in parts(of: images, sampling) {
      add(columns: columns(of: images[rows: rows], sampling, workers: workers), workers: workers)
      count(rows, sampling)
    }
  }

  func sampling(of images: Tensor) -> WindowSampling {
    WindowSampling(images.shape, weights, geometry, limit: positionLimit)
  }

  /// Images with about two thousand patches together.
  func parts(of images: Tensor, _ sampling: WindowSampling) -> [Range<Int>] {
    let imagesAtOnce = max(1, 2048 / sampling.count)
    return stride(from: 0, to: images.rowCount, by: imagesAtOnce).map {
      $0..<min($0 + imagesAtOnce, images.rowCount)
    }
  }

  mutating func count(_ rows: Range<Int>, _ sampling: WindowSampling) {
    patchCount += rows.count * sampling.count
    imageCount += rows.count
  }

  // (C·KH·KW, images · windows)
  func columns(of images: Tensor, _ sampling: WindowSampling, workers: Workers) -> Tensor {
    let kernel = ck_convolution(images: images.shape, weights: weights, geometry)
    let imageSize = images.scalars.count / images.rowCount
    let width = images.rowCount * sampling.count
    return Tensor(shape: [patchSize * geometry.groups, width]) { [imageCount] buffer in
      let columns = SharedBuffer(buffer)
      workers.forEach(images.rowCount) { image, _ in
        var kernel = kernel
        let corners = sampling.corners(image: imageCount + image)
        images.scalars.withUnsafeBufferPointer { source in
          ck_patches(
            &kernel, Int32(sampling.count), corners.tops, corners.lefts,
            source.baseAddress.map { $0 + image * imageSize }, width,
            columns.base.baseAddress.map { $0 + image * sampling.count })
        }
      }
    }
  }

  mutating func add(columns: Tensor, workers: Workers) {
    let (size, width, rowsAtOnce) = (patchSize, columns.shape[1], 256)
    for group in sums.indices {
      sums[group].withUnsafeMutableBufferPointer { buffer in
        let sum = SharedBuffer(buffer)
        workers.forEach((size + rowsAtOnce - 1) / rowsAtOnce) { block, _ in
          let first = block * rowsAtOnce
          let rows = min(rowsAtOnce, size - first)
          columns.scalars.withUnsafeBufferPointer { source in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: rows * (first + rows)) {
              scratch in
              ck_gram_rows(
                Int32(size), Int32(width), source.baseAddress.map { $0 + group * size * width },
                Int32(first), Int32(rows), scratch.baseAddress, sum.base.baseAddress)
            }
          }
        }
      }
    }
  }

  /// The sums over the number of patches: a symmetric matrix (d, d) a group.
  package var means: [Tensor] {
    let size = patchSize
    let factor = 1 / Double(max(patchCount, 1))
    return sums.map { sum in
      Tensor(shape: [size, size]) { mean in
        for row in 0..<size {
          for column in 0...row {
            let value = Float(sum[row * size + column] * factor)
            mean.initializeElement(at: row * size + column, to: value)
            mean.initializeElement(at: column * size + row, to: value)
          }
        }
      }
    }
  }
}
