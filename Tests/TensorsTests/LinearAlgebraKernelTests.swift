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

  @Test("The factorisation returns the first minor that is not positive")
  func notPositive() {
    var matrix: [Float] = [1, 2, 2, 1]
    #expect(ck_cholesky(2, &matrix) == 2)
  }

  @Test("Portable products agree with BLAS, transposed or not, for odd sizes and many stretches")
  func portableProducts() {
    for (index, (m, n, k)) in [(1, 1, 1), (7, 17, 300), (13, 33, 600), (6, 16, 256)].enumerated() {
      for transposes in [(0, 0), (0, 1), (1, 0), (1, 1)] as [(Int32, Int32)] {
        let a = randomTensor([m * k], seed: UInt64(index))
        let b = randomTensor([k * n], seed: 2)
        var product = randomTensor([m * n], seed: 3).scalars
        var expected = product
        let sizes = (Int32(m), Int32(n), Int32(k))
        ck_gemm(
          transposes.0, transposes.1, sizes.0, sizes.1, sizes.2, 2, a.scalars, b.scalars, 0.5,
          &expected)
        ck_portable_product(
          transposes.0, transposes.1, sizes.0, sizes.1, sizes.2, 2, a.scalars,
          transposes.0 == 1 ? m : k, b.scalars, transposes.1 == 1 ? k : n, 0.5, &product, n)
        #expect(relativeError(product, expected.map(Double.init)) < 2e-6)
      }
    }
  }

  @Test("Each element of a portable product is one sum by stretches of 256 terms, bit for bit")
  func orderOfSums() {
    let (m, n, k) = (7, 19, 700)
    let (a, b) = (randomTensor([m * k], seed: 4).scalars, randomTensor([k * n], seed: 5).scalars)
    var product = [Float](repeating: .nan, count: m * n)
    ck_portable_product(0, 0, Int32(m), Int32(n), Int32(k), 1, a, k, b, n, 0, &product, n)
    for (row, column) in [(0, 0), (3, 18), (6, 7)] {
      var total: Float = 0
      for start in stride(from: 0, to: k, by: 256) {
        let sum = (start..<min(start + 256, k)).reduce(Float(0)) {
          $0 + a[row * k + $1] * b[$1 * n + column]
        }
        total = start == 0 ? sum : total + sum
      }
      #expect(product[row * n + column] == total)
    }
  }

  @Test("Portable factors and solutions agree with LAPACK and BLAS", arguments: [1, 64, 150])
  func portableFactors(n: Int) {
    let source = randomTensor([n, n + 4], seed: 6)
    var matrix = [Float](repeating: 0, count: n * n)
    ck_gemm(
      0, 1, Int32(n), Int32(n), Int32(n + 4), 1, source.scalars, source.scalars, 0, &matrix)
    for index in 0..<n { matrix[index * n + index] += 1 }
    var (factor, expected) = (matrix, matrix)
    #expect(ck_portable_cholesky(Int32(n), &factor) == 0 && ck_cholesky(Int32(n), &expected) == 0)
    #expect(relativeError(factor, expected.map(Double.init)) < 1e-5)

    for column in 0..<n {
      let pivot = factor[column * n + column]
      for row in column..<n { factor[row * n + column] /= pivot }
    }
    let before = randomTensor([5, n], seed: 7)
    var solved = before.scalars
    ck_portable_solve_transposed(5, Int32(n), factor, &solved)
    ck_portable_solve(5, Int32(n), factor, &solved)
    // With the lower triangle L, solved · L · Lᵀ gives `before` again.
    let lower = factor.enumerated().map { $1 * ($0 % n <= $0 / n ? 1 : 0) }
    let ones = [Float](repeating: 1, count: n)
    var (once, back) = (solved, solved)
    ck_gemm(0, 0, 5, Int32(n), Int32(n), 1, solved, lower, 0, &once)
    ck_gemm(0, 1, 5, Int32(n), Int32(n), 1, once, lower, 0, &back)
    #expect(relativeError(back, before.doubles) < 1e-4)
    var blas = before.scalars
    ck_solve_through_factor(5, Int32(n), factor, ones, &blas)
    #expect(relativeError(solved, blas.map(Double.init)) < 1e-4)
  }

  @Test("A portable factor stops at the first minor that is not positive")
  func portableNotPositive() {
    var matrix = [Float](repeating: 0, count: 100 * 100)
    for index in 0..<100 { matrix[index * 100 + index] = index == 70 ? -1 : 1 }
    #expect(ck_portable_cholesky(100, &matrix) == 71)
  }
}
