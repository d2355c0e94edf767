internal import CKernels
package import Execution
package import Tensors

/// The triangular factor L of a matrix G = L·Lᵀ, with which GPTQ rounds columns of weights.
///
/// The rounding error of a column is added to the columns that are not yet rounded, in the proportions of
/// L, which keep tr(ΔW·G·ΔWᵀ) small.
package struct GPTQFactor: Sendable {
  private let size: Int
  // L with every column divided by its diagonal entry, (d, d).
  private let factor: [Float]
  // The squares of the diagonal entries of L.
  private let pivots: [Float]

  /// Factors `matrix` (d, d), which is symmetric; `nil` if it is not positive definite.
  package init?(of matrix: Tensor) {
    precondition(matrix.shape.rank == 2 && matrix.shape[0] == matrix.shape[1], "\(matrix.shape)")
    let size = matrix.shape[0]
    var factor = matrix.scalars
    guard ck_cholesky(Int32(size), &factor) == 0 else { return nil }
    let pivots = (0..<size).map { factor[$0 * (size + 1)] * factor[$0 * (size + 1)] }
    let inverses = (0..<size).map { 1 / factor[$0 * (size + 1)] }
    for row in 0..<size {
      for column in 0..<row { factor[row * size + column] *= inverses[column] }
    }
    self.size = size
    self.factor = factor
    self.pivots = pivots
  }

  /// Returns `matrix` (rows, d) times the inverse of G.
  package func solved(_ matrix: Tensor, context: Context = .serial) -> Tensor {
    precondition(matrix.shape[1] == size, "\(matrix.shape) for a factor of \(size)")
    let rowsAtOnce = 32
    return matrix.mapChunks(of: rowsAtOnce, context: context) { rows in
      var solution = rows
      solution.scalars.withUnsafeMutableBufferPointer {
        ck_solve_through_factor(
          Int32(rows.rowCount), Int32(size), factor, pivots, $0.baseAddress)
      }
      return solution
    }
  }

  /// Returns the codes of `weights` (rows, d), which are rounded from the last column to the first.
  ///
  /// - Parameters:
  ///   - scales: The scale of each row's grid.
  ///   - zeroPoints: The code of zero of each row's grid.
  ///   - levels: The number of codes.
  package func codes(
    of weights: Tensor, scales: [Float], zeroPoints: [Float], levels: Int,
    context: Context = .serial
  ) -> [UInt8] {
    precondition(weights.shape[1] == size, "\(weights.shape) for a factor of \(size)")
    let codes = context.map((0..<weights.rowCount).chunks(of: 32)) { rows in
      let scratch = ck_gptq_scratch(Int32(rows.count), Int32(size))
      return [UInt8](unsafeUninitializedCapacity: rows.count * size) { codes, filled in
        withUnsafeTemporaryAllocation(of: Float.self, capacity: scratch) {
          ck_gptq_round(
            Int32(rows.count), Int32(size), weights[rows: rows].scalars, factor,
            Array(scales[rows]), Array(zeroPoints[rows]), Int32(levels), $0.baseAddress,
            codes.baseAddress)
        }
        filled = rows.count * size
      }
    }
    return Array(codes.joined())
  }
}
