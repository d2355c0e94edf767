internal import CKernels

/// What a layer's inputs x̂ have in common, and what became of the layer's output when they took the
/// place of the original inputs x: the sums over patches of x̂·x̂ᵀ and of W·(x − x̂)·x̂ᵀ.
///
/// Weights W + shift·G⁻¹, with G and the shift the means of both, bring the output on x̂ as close to W·x as
/// weights can (in the mean square). Products are made in Float and added up in Double, as in `GramSum`.
package struct ShiftSum: Sendable {
  // (OC, C/groups, KH, KW)
  private let weight: Tensor
  private var gram: GramSum
  // (OC, d)
  private var sums: [Double]

  /// Nothing yet, for a convolution with `weight`; the windows looked at are those of `GramSum`.
  package init(weight: Tensor, geometry: ConvolutionGeometry, positionLimit: Int = .max) {
    self.weight = weight
    gram = GramSum(weights: weight.shape, geometry: geometry, positionLimit: positionLimit)
    sums = [Double](repeating: 0, count: weight.scalars.count)
  }

  /// Adds the patches of `images` (N, C, H, W), which took the place of `originals`.
  package mutating func add(_ images: Tensor, insteadOf originals: Tensor, workers: Workers = .one)
  {
    precondition(images.shape == originals.shape, "\(images.shape), \(originals.shape)")
    let sampling = gram.sampling(of: images)
    for rows in gram.parts(of: images, sampling) {
      let part = images[rows: rows]
      let columns = gram.columns(of: part, sampling, workers: workers)
      let lost = originals[rows: rows].subtracting(part)
      add(
        lost: gram.columns(of: lost, sampling, workers: workers), columns: columns,
        workers: workers)
      gram.add(columns: columns, workers: workers)
      gram.count(rows, sampling)
    }
  }

  /// Adds W·lost·columnsᵀ, with both factors (groups · d, patches).
  private mutating func add(lost: Tensor, columns: Tensor, workers: Workers) {
    let (size, width) = (gram.patchSize, columns.shape[1])
    let rowsPerGroup = weight.rowCount / gram.geometry.groups
    let rowsAtOnce = min(32, rowsPerGroup)
    let blocks = (rowsPerGroup + rowsAtOnce - 1) / rowsAtOnce
    sums.withUnsafeMutableBufferPointer { [weight] buffer in
      let sums = SharedBuffer(buffer)
      workers.forEach(weight.rowCount / rowsPerGroup * blocks) { item, _ in
        let (group, block) = item.quotientAndRemainder(dividingBy: blocks)
        let first = group * rowsPerGroup + block * rowsAtOnce
        let rows = first..<min(first + rowsAtOnce, (group + 1) * rowsPerGroup)
        let part = group * size..<(group + 1) * size
        let product = Self.product(
          weight[rows: rows].scalars, lost[rows: part], columns[rows: part], rows: rows.count,
          size: size, width: width)
        for (index, value) in product.enumerated() {
          sums.base[rows.lowerBound * size + index] += Double(value)
        }
      }
    }
  }

  /// weight (rows, d) · lost (d, width) · columnsᵀ (width, d).
  private static func product(
    _ weight: [Float], _ lost: Tensor, _ columns: Tensor, rows: Int, size: Int, width: Int
  ) -> [Float] {
    let outputs = Tensor(shape: [rows, width]) {
      ck_gemm(
        0, 0, Int32(rows), Int32(width), Int32(size), 1, weight, lost.scalars, 0, $0.baseAddress)
    }
    return Tensor(shape: [rows, size]) {
      ck_gemm(
        0, 1, Int32(rows), Int32(size), Int32(width), 1, outputs.scalars, columns.scalars, 0,
        $0.baseAddress)
    }.scalars
  }

  /// The means of x̂·x̂ᵀ: a symmetric matrix (d, d) a group.
  package var grams: [Tensor] { gram.means }

  /// The mean of W·(x − x̂)·x̂ᵀ, of the weight's shape.
  package var shift: Tensor {
    let factor = 1 / Double(max(gram.patchCount, 1))
    return Tensor(shape: weight.shape, scalars: sums.map { Float($0 * factor) })
  }
}
