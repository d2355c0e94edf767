internal import CKernels

extension Tensor {
  /// Returns the matrix product of (M, K) and (K, N), computed by BLAS on the calling thread.
  package func multiplied(by other: Tensor) -> Tensor {
    precondition(
      shape.rank == 2 && other.shape.rank == 2 && shape[1] == other.shape[0],
      "\(shape) times \(other.shape)")
    return Tensor(shape: [shape[0], other.shape[1]]) { product in
      ck_gemm(
        0, 0, Int32(shape[0]), Int32(other.shape[1]), Int32(shape[1]), 1, scalars, other.scalars,
        0, product.baseAddress)
    }
  }
}
