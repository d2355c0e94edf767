// Kernels of block reconstruction: losses, soft rounding, Adam, and convolutions between blocked activations
// (CBlocked.h) whose weights change with every step, with their gradients.
//
// The kernels of convolutions need AVX-512. Every sum has one order, for any division of the work.
#ifndef CTRAINING_H
#define CTRAINING_H

#include "CBlocked.h"

// ---- dense.c

// A matrix in memory: entry (i, j) is base[i·row + j·column].
typedef struct {
  const float *base;
  size_t row, column;
} ck_matrix;

// products (rows, columns) ← a (rows, depth) · b (depth, columns), or += if `accumulate`. The columns of b and
// of the products lie beside each other, and their number is a multiple of 16.
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

// src_gradient += B (gradients (36, tiles, C)) Bᵀ of tiles [first, first + count) of one image. Gradients of
// pixels on the border are dropped.
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

// packed ← weights (OC,C,K,K) in the form of ck_indirect_pack. The entries of a window run over blocks of
// channels, then ky, then kx, then the channels of a block.
void ck_window_pack(const ck_window *w, const float *weights, float *packed);

// sums (C/8, K·K, OC/16, 8, 16), groups [first, first + count) of C/8 += Σ over images and pixels of
// src × dst_gradient. Images of src are src_stride floats apart, and those of dst_gradient gradient_stride.
void ck_window_weights_gradient(const ck_window *w, int images, int first, int count,
                                const float *src, size_t src_stride, const float *dst_gradient,
                                size_t gradient_stride, float *sums);

// weights_gradient (OC,C,K,K) ← sums in the layout of ck_window_weights_gradient.
void ck_window_unpack(const ck_window *w, const float *sums, float *weights_gradient);

// ---- loss.c: reconstruction losses, summed in double in fixed lanes

// Returns L = Σ importance · (output − target)²; gradient = factor · dL / d output. If importance is null,
// it is one everywhere.
double ck_squared_loss(size_t count, const float *output, const float *target,
                       const float *importance, float factor, float *gradient);
// Returns L = Σ |output − target|^p for p > 1; gradient = factor · dL / d output.
double ck_power_loss(size_t count, const float *output, const float *target, float p, float factor,
                     float *gradient);

// ---- adaround.c and adam.c: a row holds one output channel

// soft (rows×columns) = scale · (clamp(floor + h(alpha) + zero_point, 0, levels − 1) − zero_point), where
// h is the rectified sigmoid and floor holds floor(w / scale).
void ck_soft_weights(int rows, int columns, const float *floor, const float *alpha,
                     const float *scale, const float *zero_point, int levels, float *soft);
// alpha_gradient = soft_gradient · d soft / d alpha + lambda · d/d alpha (1 − |2h − 1|^beta);
// lambda = 0 leaves the regulariser out. Returns lambda · Σ (1 − |2h − 1|^beta).
double ck_alpha_gradient(int rows, int columns, const float *floor, const float *alpha,
                         const float *scale, const float *zero_point, int levels, float lambda,
                         float beta, const float *soft_gradient, float *alpha_gradient);
// Makes one step of Adam (Kingma and Ba, algorithm 1) as torch computes it; step counts from 1.
void ck_adam(size_t count, int step, float rate, float beta1, float beta2, float epsilon,
             const float *gradient, float *first_moment, float *second_moment, float *parameters);

#endif
