internal import CKernels

/// How the 36 matrices of Winograd's F(4×4, 3×3) lie in one buffer.
struct WinogradMatrices: Sendable {
  static let count = 36

  let lie: ck_matrices
  /// Of the whole buffer.
  let floats: Int

  /// - Parameter isPacked: whether rows follow each other without a gap.
  init(rows: Int, columns: Int, isPacked: Bool = false) {
    // A cache line more wherever strides would be multiples of 512 bytes: such strides share few cache sets.
    let row = isPacked || columns % 128 != 0 ? columns : columns + 16
    let matrix = rows * row + 16
    lie = ck_matrices(row: row, matrix: matrix)
    floats = Self.count * matrix
  }
}
