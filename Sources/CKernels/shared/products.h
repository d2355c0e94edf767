// Products by BLAS, or by the kernels of CPortable.h if the process uses portable math (gemm.c).
#ifndef PRODUCTS_H
#define PRODUCTS_H

#include <stddef.h>

// dst (m×n) = alpha · op(a) · op(b) + beta · dst, row-major, with rows of the given strides. op transposes
// if its flag is set.
void matrix_product(int transpose_a, int transpose_b, int m, int n, int k, float alpha,
                    const float *a, size_t a_stride, const float *b, size_t b_stride, float beta,
                    float *dst, size_t dst_stride);

// matrix (rows×n) = matrix · l⁻ᵀ, or matrix · l⁻¹. l is the lower triangle of factor (n×n), with ones on its
// diagonal.
void solve_right_transposed(int rows, int n, const float *factor, float *matrix);
void solve_right(int rows, int n, const float *factor, float *matrix);

#endif
