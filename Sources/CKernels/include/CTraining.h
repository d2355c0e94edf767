// Kernels of block reconstruction: convolutions between blocked activations (CInference.h) whose weights
// change with every step, and their gradients.
//
// All kernels need AVX-512. Every sum has one order, whoever computes it.
#ifndef CTRAINING_H
#define CTRAINING_H

#include "CInference.h"

// ---- dense.c

// A matrix in memory: entry (i, j) stands at base[i·row + j·column].
typedef struct {
  const float *base;
  size_t row, column;
} ck_matrix;

// products (rows, columns) ← a (rows, depth) · b (depth, columns), added to what is there if `accumulate`;
// b's and the products' columns are beside each other and a multiple of 16.
void ck_product(int rows, int columns, int depth, ck_matrix a, const float *b, size_t b_row,
                float *products, size_t products_row, int accumulate);

// ---- winograd_gradient.c: the other directions of winograd.c

// transformed (36, OC, C) ← G g Gᵀ of weights (OC,C,3,3), or (36, C, OC) with `by_input`, for outputs
// [first, first + count), a multiple of 16.
void ck_winograd_weights(int out_channels, int channels, int first, int count, int by_input,
                         const float *weights, ck_matrices lie, float *transformed);

// gradients (36, tiles, OC) ← A (tile of dst_gradient) Aᵀ of tiles [first, first + count) of one image.
void ck_winograd_output_gradient(const ck_blocked *to, int first, int count,
                                 const float *dst_gradient, ck_matrices lie, float *gradients);

// src_gradient += B (gradients (36, tiles, C)) Bᵀ of tiles [first, first + count) of one image; what falls on
// the border is dropped.
void ck_winograd_input_gradient(const ck_blocked *from, int first, int count, ck_matrices lie,
                                const float *gradients, float *src_gradient);

// weights_gradient (OC,C,3,3), outputs [first, first + count) ← Gᵀ (gradients (36, OC, C)) G.
void ck_winograd_weights_gradient(int channels, int first, int count, ck_matrices lie,
                                  const float *gradients, float *weights_gradient);

// ---- indirect_gradient.c: the gradient of any convolution between blocked activations

typedef struct {
  ck_blocked from, to;
  int kernel, stride, padding;
} ck_window;

// packed ← weights (OC,C,K,K) as ck_indirect_convolve wants them, windows running over blocks of channels,
// then ky, then kx.
void ck_window_pack(const ck_window *w, const float *weights, float *packed);

// sums (C/8, K·K, OC/16, 8, 16), groups [first, first + count) of C/8 += Σ over images and pixels of
// src × dst_gradient. One image's src is src_stride floats behind the other's.
void ck_window_weights_gradient(const ck_window *w, int images, int first, int count,
                                const float *src, size_t src_stride, const float *dst_gradient,
                                size_t gradient_stride, float *sums);

// weights_gradient (OC,C,K,K) ← such sums.
void ck_window_unpack(const ck_window *w, const float *sums, float *weights_gradient);

#endif
