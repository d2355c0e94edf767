/// GPTQ as its source has it, in Double: with H⁻¹ = Uᵀ·U, U upper triangular, columns are rounded from the
/// first to the last, and each error, divided by its diagonal entry of U, is spread over U's row.
package struct ReferenceErrorFeedback: Sendable {
  // (d, d)
  private let inverseFactor: [Double]
  private let size: Int

  /// From the damped Gram matrix H (d, d).
  package init(damped: [Double], size: Int) {
    self.size = size
    let inverse = Self.inverse(damped, size)
    // H⁻¹ = Uᵀ·U: the lower Cholesky factor of the inverse, transposed.
    let lower = Self.cholesky(inverse, size)
    inverseFactor = (0..<size * size).map { lower[$0 % size * size + $0 / size] }
  }

  /// The codes of one row of weights.
  package func codes(_ weights: [Double], scale: Double, zeroPoint: Int, levels: Int) -> [Int] {
    var weights = weights
    return (0..<size).map { column in
      let rounded = Int((weights[column] / scale).rounded(.toNearestOrEven)) + zeroPoint
      let code = min(max(rounded, 0), levels - 1)
      let error = weights[column] - Double(code - zeroPoint) * scale
      let share = error / inverseFactor[column * size + column]
      for later in column..<size { weights[later] -= share * inverseFactor[column * size + later] }
      return code
    }
  }

  private static func cholesky(_ matrix: [Double], _ size: Int) -> [Double] {
    var factor = [Double](repeating: 0, count: size * size)
    for row in 0..<size {
      for column in 0...row {
        let sum = (0..<column).reduce(matrix[row * size + column]) {
          $0 - factor[row * size + $1] * factor[column * size + $1]
        }
        factor[row * size + column] =
          row == column ? sum.squareRoot() : sum / factor[column * size + column]
      }
    }
    return factor
  }

  /// Gauss and Jordan's, without pivots: the matrix is positive definite.
  private static func inverse(_ matrix: [Double], _ size: Int) -> [Double] {
    var left = matrix
    var right = (0..<size * size).map { $0 / size == $0 % size ? 1.0 : 0 }
    for pivot in 0..<size {
      let factor = 1 / left[pivot * size + pivot]
      for column in 0..<size {
        left[pivot * size + column] *= factor
        right[pivot * size + column] *= factor
      }
      for row in 0..<size where row != pivot {
        let share = left[row * size + pivot]
        for column in 0..<size {
          left[row * size + column] -= share * left[pivot * size + column]
          right[row * size + column] -= share * right[pivot * size + column]
        }
      }
    }
    return right
  }
}
