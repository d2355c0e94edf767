internal import CKernels
package import Execution

/// The sum of x·xᵀ over the patches x of a convolution's input.
///
/// A patch has d = C/groups · KH · KW entries, in the order of a kernel's weights. Each group of
/// channels has its own matrix (d, d). Products of about two thousand patches are computed in Float
/// and added in Double, always in the order of the images. If all windows of a 3×3 kernel are used,
/// a `MapCorrelation` avoids most of the products.
///
/// Each rank computes some of the matrices' entries over all images, so no sum depends on the number of
/// ranks. `means` exchanges them; all calls must have the same ranks.
package struct GramSum: Sendable {
  let weights: Shape
  let geometry: ConvolutionGeometry
  private let positionLimit: Int
  // Used for all windows of a 3×3 kernel.
  private var correlation: MapCorrelation?
  // Used otherwise: the lower triangles (d, d) of each group; empty before the first images.
  private var sums: [[Double]] = []
  private(set) var patchCount = 0
  private var imageCount = 0

  /// Creates an empty sum.
  ///
  /// - Parameters:
  ///   - weights: The shape of the convolution's weights, (OC, C/groups, KH, KW).
  ///   - positionLimit: The largest number of windows used per image. If an image has more windows,
  ///     every k-th one is used, with another start for each image. k has no common factor with the
  ///     map's width, so that all columns are used in turn.
  package init(weights: Shape, geometry: ConvolutionGeometry, positionLimit: Int = .max) {
    precondition(positionLimit > 0, "a limit of \(positionLimit) positions")
    self.weights = weights
    self.geometry = geometry
    self.positionLimit = positionLimit
  }

  /// The number d of entries of a patch.
  package var patchSize: Int { weights.count / weights[0] }

  /// Adds the patches of `images` (N, C, H, W).
  ///
  /// All images of all calls must have one shape.
  package mutating func add(_ images: Tensor, context: Context = .serial) {
    let sampling = sampling(of: images)
    for rows in chunks(of: images, sampling) {
      add(images[rows: rows], sampling, context: context)
    }
  }

  func sampling(of images: Tensor) -> WindowSampling {
    WindowSampling(images.shape, weights, geometry, limit: positionLimit)
  }

  /// Returns parts of the images with about two thousand patches each.
  func chunks(of images: Tensor, _ sampling: WindowSampling) -> [Range<Int>] {
    (0..<images.rowCount).chunks(of: max(1, 2048 / sampling.count))
  }

  /// Adds the patches of `images`, which are one of the `chunks`.
  ///
  /// - Parameter columns: The result of `columns` for these images, if it is known already.
  mutating func add(
    _ images: Tensor, _ sampling: WindowSampling, columns: Tensor? = nil, context: Context
  ) {
    if patchCount == 0 { clear(images.shape, sampling) }
    if correlation == nil {
      add(
        columns: columns ?? self.columns(of: images, sampling, context: context), context: context)
    } else {
      correlation?.add(images, context: context)
    }
    patchCount += images.rowCount * sampling.count
    imageCount += images.rowCount
  }

  private mutating func clear(_ images: Shape, _ sampling: WindowSampling) {
    if isCorrelation(sampling) {
      correlation = MapCorrelation(channels: images[1], height: images[2], width: images[3])
    } else {
      let empty = [Double](repeating: 0, count: patchSize * patchSize)
      sums = [[Double]](repeating: empty, count: geometry.groups)
    }
  }

  private func isCorrelation(_ sampling: WindowSampling) -> Bool {
    geometry == ConvolutionGeometry(stride: 1, padding: 1) && weights[2] == 3 && weights[3] == 3
      && sampling.isComplete
  }

  /// Returns the patches of `images` as columns: (C·KH·KW, images · windows).
  func columns(of images: Tensor, _ sampling: WindowSampling, context: Context) -> Tensor {
    let kernel = ck_convolution(images: images.shape, weights: weights, geometry)
    let imageSize = images.scalars.count / images.rowCount
    let width = images.rowCount * sampling.count
    return Tensor(shape: [patchSize * geometry.groups, width]) { [imageCount] buffer in
      let columns = SharedPointer(buffer)
      context.forEach(images.rowCount) { image, _ in
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

  /// The rows of a matrix that are summed together.
  ///
  /// The chunks with the longest rows come first, so that no worker starts a long one last.
  private var rowChunks: [Range<Int>] {
    Array((0..<patchSize).chunks(of: 256).reversed())
  }

  private mutating func add(columns: Tensor, context: Context) {
    let (size, width) = (patchSize, columns.shape[1])
    let all = rowChunks
    let chunks = context.ranks.share(of: all.count).map { all[$0] }
    for group in sums.indices {
      sums[group].withUnsafeMutableBufferPointer { buffer in
        let sum = SharedPointer(buffer)
        context.forEach(chunks) { rows in
          let (first, end) = (rows.lowerBound, rows.upperBound)
          columns.scalars.withUnsafeBufferPointer { source in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: (end - first) * end) {
              let group = source.baseAddress.map { $0 + group * size * width }
              ck_add_product(
                Int32(end - first), Int32(end), Int32(width), group.map { $0 + first * width },
                group, $0.baseAddress, size, sum.base.baseAddress.map { $0 + first * size })
            }
          }
        }
      }
    }
  }

  /// Returns the mean of x·xᵀ over all patches, as one symmetric matrix (d, d) per group.
  ///
  /// There must be at least one patch.
  package func means(context: Context = .serial) -> [Tensor] {
    precondition(patchCount > 0, "no patches")
    let factor = 1 / Double(patchCount)
    if let correlation {
      return [correlation.exchanged(context: context).gram(times: factor, context: context)]
    }
    return sums.map {
      Self.symmetric(
        exchanged($0, context: context), size: patchSize, times: factor, context: context)
    }
  }

  /// Returns the matrix with the rows of all ranks.
  private func exchanged(_ own: [Double], context: Context) -> [Double] {
    guard context.ranks.count > 1 else { return own }
    let chunks = rowChunks
    func place(_ rows: Range<Int>) -> Range<Int> {
      rows.lowerBound * patchSize..<rows.upperBound * patchSize
    }
    let rows = context.gather(
      context.ranks.share(of: chunks.count).map { Array(own[place(chunks[$0])]) },
      of: chunks.count)
    var all = own
    for (chunk, values) in zip(chunks, rows) { all.replaceSubrange(place(chunk), with: values) }
    return all
  }

  private static func symmetric(
    _ lower: [Double], size: Int, times factor: Double, context: Context
  ) -> Tensor {
    Tensor(shape: [size, size]) { buffer in
      let mean = SharedPointer(buffer)
      context.forEach(size) { row, _ in
        for column in 0..<size {
          let place = row < column ? column * size + row : row * size + column
          mean.base.initializeElement(
            at: row * size + column, to: Float(lower[place] * factor))
        }
      }
    }
  }
}
