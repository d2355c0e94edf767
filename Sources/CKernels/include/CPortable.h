// Matrix products and factors with one order of sums on every processor: products.c, for portable math. All
// families give equal bits.
#ifndef CPORTABLE_H
#define CPORTABLE_H

#include <stddef.h>

// dst (m×n) = alpha · op(a) · op(b) + beta · dst, row-major with rows of the given strides; op transposes where
// the flag is set.
void ck_portable_product(int transpose_a, int transpose_b, int m, int n, int k, float alpha,
                         const float *a, size_t a_stride, const float *b, size_t b_stride,
                         float beta, float *dst, size_t dst_stride);

// matrix (rows×n) = matrix · l⁻¹, or matrix · l⁻ᵀ, for the lower triangle l of factor (n×n) with a diagonal of
// ones.
void ck_portable_solve(int rows, int n, const float *factor, float *matrix);
void ck_portable_solve_transposed(int rows, int n, const float *factor, float *matrix);

// As ck_cholesky.
int ck_portable_cholesky(int n, float *matrix);

#endif
