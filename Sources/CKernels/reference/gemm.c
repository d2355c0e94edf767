// Matrix products and factors by BLAS and LAPACK, or by plain kernels with portable math. No other file calls
// BLAS.
#include <cblas.h>
#include <lapacke.h>

#include "CExecution.h"
#include "CPortable.h"
#include "CReference.h"
#include "products.h"

// OpenBLAS uses the calling thread alone, because callers run images in parallel. This is set once, before
// anything can call it.
__attribute__((constructor)) static void use_one_blas_thread(void) { openblas_set_num_threads(1); }

const char *ck_blas_config(void) { return openblas_get_config(); }

const char *ck_blas_core(void) { return openblas_get_corename(); }

// OpenBLAS keeps a freed buffer for the next caller. The functions are weak, because no header declares them.
__attribute__((weak)) void *blas_memory_alloc(int unused);
__attribute__((weak)) void blas_memory_free(void *buffer);

void ck_blas_reserve(int threads) {
  enum { MOST = 64 };
  void *buffers[MOST];
  if (blas_memory_alloc == NULL || blas_memory_free == NULL) return;
  if (threads > MOST) threads = MOST;
  for (int i = 0; i < threads; i++) buffers[i] = blas_memory_alloc(0);
  for (int i = 0; i < threads; i++) blas_memory_free(buffers[i]);
}

void matrix_product(int transpose_a, int transpose_b, int m, int n, int k, float alpha,
                    const float *a, size_t a_stride, const float *b, size_t b_stride, float beta,
                    float *dst, size_t dst_stride) {
  if (ce_has_portable_math())
    ck_portable_product(transpose_a, transpose_b, m, n, k, alpha, a, a_stride, b, b_stride, beta,
                        dst, dst_stride);
  else
    cblas_sgemm(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans,
                transpose_b ? CblasTrans : CblasNoTrans, m, n, k, alpha, a, (int)a_stride, b,
                (int)b_stride, beta, dst, (int)dst_stride);
}

static void solve_by_blas(CBLAS_TRANSPOSE transpose, int rows, int n, const float *factor,
                          float *matrix) {
  cblas_strsm(CblasRowMajor, CblasRight, CblasLower, transpose, CblasUnit, rows, n, 1, factor, n,
              matrix, n);
}

void solve_right_transposed(int rows, int n, const float *factor, float *matrix) {
  if (ce_has_portable_math())
    ck_portable_solve_transposed(rows, n, factor, matrix);
  else
    solve_by_blas(CblasTrans, rows, n, factor, matrix);
}

void solve_right(int rows, int n, const float *factor, float *matrix) {
  if (ce_has_portable_math())
    ck_portable_solve(rows, n, factor, matrix);
  else
    solve_by_blas(CblasNoTrans, rows, n, factor, matrix);
}

void ck_gemm(int transpose_a, int transpose_b, int m, int n, int k, float alpha, const float *a,
             const float *b, float beta, float *dst) {
  matrix_product(transpose_a, transpose_b, m, n, k, alpha, a, transpose_a ? m : k, b,
                 transpose_b ? k : n, beta, dst, n);
}

int ck_cholesky(int n, float *matrix) {
  if (ce_has_portable_math()) return ck_portable_cholesky(n, matrix);
  // The upper triangle by columns is the lower one by rows, so nothing has to be copied.
  return (int)LAPACKE_spotrf(LAPACK_COL_MAJOR, 'U', n, matrix, n);
}

void ck_add_product(int m, int n, int k, const float *a, const float *b, float *scratch,
                    size_t sums_stride, double *sums) {
  ck_gemm(0, 1, m, n, k, 1, a, b, 0, scratch);
  for (int row = 0; row < m; row++)
    for (int column = 0; column < n; column++)
      sums[row * sums_stride + column] += scratch[(size_t)row * n + column];
}
