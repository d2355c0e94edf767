internal import CKernels
package import Execution

/// The sums over patches of x̂·x̂ᵀ and of W·(x − x̂)·x̂ᵀ.
///
/// x are a layer's original inputs and x̂ the inputs that replaced them. With the means G and shift
/// of the two sums, the weights W + shift·G⁻¹ bring the output on x̂ as close to W·x as weights
/// can, in the mean square. Products are computed in Float and added in Double, as in `GramSum`.
package struct ShiftSum: Sendable {
  // The weights, (OC, C/groups, KH, KW).
  private let weight: Tensor
  private var gram: GramSum
  // The sum of W·(x − x̂)·x̂ᵀ, (OC, d).
  private var sums: [Double]

  /// Creates empty sums for a convolution with `weight`; `GramSum` describes the windows used.
  package init(weight: Tensor, geometry: ConvolutionGeometry, positionLimit: Int = .max) {
    self.weight = weight
    gram = GramSum(weights: weight.shape, geometry: geometry, positionLimit: positionLimit)
    sums = [Double](repeating: 0, count: weight.scalars.count)
  }

  /// Adds the patches of `images` (N, C, H, W), which replaced `originals` of the same shape.
  package mutating func add(
    _ images: Tensor, insteadOf originals: Tensor, context: Context = .serial
  ) {
    precondition(images.shape == originals.shape, "\(images.shape), \(originals.shape)")
    let sampling = gram.sampling(of: images)
    for rows in gram.chunks(of: images, sampling) {
      let part = images[rows: rows]
      let columns = gram.columns(of: part, sampling, context: context)
      let lost = originals[rows: rows].subtracting(part)
      add(
        lost: gram.columns(of: lost, sampling, context: context), columns: columns,
        context: context)
      gram.add(part, sampling, columns: columns, context: context)
    }
  }

  /// Adds W·lost·columnsᵀ; `lost` and `columns` have the shape (groups · d, patches).
  private mutating func add(lost: Tensor, columns: Tensor, context: Context) {
    let size = gram.patchSize
    let rowsPerGroup = weight.rowCount / gram.geometry.groups
    for group in 0..<gram.geometry.groups {
      let rows = group * rowsPerGroup..<(group + 1) * rowsPerGroup
      let part = group * size..<(group + 1) * size
      let lost = lost[rows: part]
      // The shape of the outputs is (rows, patches).
      let outputs = Tensor(shape: [rows.count, size], scalars: weight[rows: rows].scalars)
        .mapChunks(of: 64, context: context) { $0.multiplied(by: lost) }
      sums.withUnsafeMutableBufferPointer { buffer in
        let sums = SharedPointer(buffer)
        context.forEach(part.chunks(of: 256)) { chunk in
          let columns = columns[rows: chunk]
          withUnsafeTemporaryAllocation(of: Float.self, capacity: rows.count * chunk.count) {
            ck_add_product(
              Int32(rows.count), Int32(chunk.count), Int32(columns.shape[1]), outputs.scalars,
              columns.scalars, $0.baseAddress, size,
              sums.base.baseAddress.map {
                $0 + rows.lowerBound * size + chunk.lowerBound - part.lowerBound
              })
          }
        }
      }
    }
  }

  /// Returns the mean of x̂·x̂ᵀ, as one symmetric matrix (d, d) per group.
  package func grams(context: Context = .serial) -> [Tensor] { gram.means(context: context) }

  /// The mean of W·(x − x̂)·x̂ᵀ, with the shape of the weights.
  package var shift: Tensor {
    let factor = 1 / Double(max(gram.patchCount, 1))
    return Tensor(shape: weight.shape, scalars: sums.map { Float($0 * factor) })
  }
}
