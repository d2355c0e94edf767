internal import CKernels
package import Execution

/// The Cholesky factor of a matrix G, through which the rounding errors of some columns of weights are
/// fed to the columns not yet rounded, so that tr(ΔW·G·ΔWᵀ) stays small.
package struct FeedbackFactor: Sendable {
  private let size: Int
  // (d, d): L of G = L·Lᵀ with every column divided by its diagonal entry
  private let factor: [Float]
  // The squares of the diagonal entries.
  private let pivots: [Float]

  /// The factor of `matrix` (d, d), symmetric; `nil` where it is not positive definite.
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

  /// `matrix` (rows, d) times the inverse of G.
  package func solved(_ matrix: Tensor, workers: Workers = .one) -> Tensor {
    precondition(matrix.shape[1] == size, "\(matrix.shape) for a factor of \(size)")
    let rowsAtOnce = 32
    return matrix.mapChunks(of: rowsAtOnce, workers: workers) { rows in
      var solution = rows
      solution.scalars.withUnsafeMutableBufferPointer {
        ck_solve_through_factor(
          Int32(rows.rowCount), Int32(size), factor, pivots, $0.baseAddress)
      }
      return solution
    }
  }

  /// The codes of `weights` (rows, d), the last column first.
  /// - Parameters:
  ///   - scales: each row's, and in `zeroPoints` the code of zero.
  ///   - levels: the number of codes.
  package func codes(
    of weights: Tensor, scales: [Float], zeroPoints: [Float], levels: Int, workers: Workers = .one
  ) -> [UInt8] {
    precondition(weights.shape[1] == size, "\(weights.shape) for a factor of \(size)")
    let codes = workers.map((0..<weights.rowCount).chunks(of: 32)) { rows in
      let scratch = ck_feedback_scratch(Int32(rows.count), Int32(size))
      return [UInt8](unsafeUninitializedCapacity: rows.count * size) { codes, filled in
        withUnsafeTemporaryAllocation(of: Float.self, capacity: scratch) {
          ck_round_with_feedback(
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
