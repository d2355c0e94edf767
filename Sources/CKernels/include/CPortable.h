// Matrix products and factors for portable math (products.c): sums have one order, and all families give equal
// bits.
#ifndef CPORTABLE_H
#define CPORTABLE_H

#include <stddef.h>

// dst (m×n) = alpha · op(a) · op(b) + beta · dst, row-major, with rows of the given strides. op transposes
// if its flag is set.
void ck_portable_product(int transpose_a, int transpose_b, int m, int n, int k, float alpha,
                         const float *a, size_t a_stride, const float *b, size_t b_stride,
                         float beta, float *dst, size_t dst_stride);

// matrix (rows×n) = matrix · l⁻¹, or matrix · l⁻ᵀ. l is the lower triangle of factor (n×n), with ones on its
// diagonal.
void ck_portable_solve(int rows, int n, const float *factor, float *matrix);
void ck_portable_solve_transposed(int rows, int n, const float *factor, float *matrix);

// Does the same as ck_cholesky.
int ck_portable_cholesky(int n, float *matrix);

#endif
