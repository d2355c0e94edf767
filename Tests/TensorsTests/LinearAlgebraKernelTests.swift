import CKernels
import Tensors
import TestSupport
import Testing

@Suite("Kernels of linear algebra")
struct LinearAlgebraKernelTests {
  @Test("Matrix products, transposed or not", arguments: [0, 1] as [Int32], [0, 1] as [Int32])
  func matrixProduct(transposeA: Int32, transposeB: Int32) {
    let (m, n, k) = (4, 5, 3)
    let a = randomTensor([m * k], seed: 1)
    let b = randomTensor([k * n], seed: 2)
    let before = randomTensor([m * n], seed: 3)
    var product = before.scalars
    ck_gemm(
      transposeA, transposeB, Int32(m), Int32(n), Int32(k), 2, a.scalars, b.scalars, 0.5, &product)
    let expected = (0..<m * n).map { index in
      let (row, column) = (index / n, index % n)
      let sum = (0..<k).reduce(0.0) { sum, inner in
        let left = transposeA == 1 ? a.doubles[inner * m + row] : a.doubles[row * k + inner]
        let right = transposeB == 1 ? b.doubles[column * k + inner] : b.doubles[inner * n + column]
        return sum + left * right
      }
      return 2 * sum + 0.5 * before.doubles[index]
    }
    #expect(relativeError(product, expected) < 1e-6)
  }

  @Test("A Cholesky factor times its transpose is the matrix")
  func cholesky() {
    let matrix: [Float] = [4, 2, -2, 2, 10, 5, -2, 5, 9]
    var factor = matrix
    #expect(ck_cholesky(3, &factor) == 0)
    for row in 0..<3 {
      for column in 0...row {
        let entry = (0...column).reduce(Float(0)) {
          $0 + factor[row * 3 + $1] * factor[column * 3 + $1]
        }
        #expect(abs(entry - matrix[row * 3 + column]) < 1e-5)
      }
    }
  }

  @Test("A matrix that is not positive definite is told by its first bad minor")
  func notPositive() {
    var matrix: [Float] = [1, 2, 2, 1]
    #expect(ck_cholesky(2, &matrix) == 2)
  }
}
