package import CKernels

/// The layout of the 36 matrices of Winograd's F(4×4, 3×3) in one buffer.
package struct WinogradMatrices: Sendable {
  /// The number of matrices, one per position of a tile.
  package static let count = 36

  /// The floats from row to row and from matrix to matrix.
  package let lie: ck_matrices
  /// The number of floats of the whole buffer.
  package let floats: Int

  /// Creates the layout of matrices of `rows` rows and `columns` columns.
  ///
  /// - Parameter isPacked: True if rows follow each other without a gap.
  package init(rows: Int, columns: Int, isPacked: Bool = false) {
    // Strides that are multiples of 512 bytes share few cache sets, so they get one more cache line.
    let row = isPacked || columns % 128 != 0 ? columns : columns + 16
    let matrix = rows * row + 16
    lie = ck_matrices(row: row, matrix: matrix)
    floats = Self.count * matrix
  }
}
