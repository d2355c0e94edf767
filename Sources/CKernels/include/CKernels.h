// The contract of the kernels: loops over float pointers and BLAS calls, nothing else.
//
// Every buffer belongs to the caller and is contiguous; shapes stand beside the parameters, N images,
// C channels, H×W pixels, OC output channels. Kernels keep no state, choose no threads and report no
// errors: the Swift above them checks shapes. Input, weights, bias and output are called src, weights,
// bias and dst here.
#ifndef CKERNELS_H
#define CKERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "CInference.h"
#include "CTraining.h"

// ---- gemm.c: BLAS and LAPACK; OpenBLAS is told at load time to use the calling thread alone

// dst (m×n) = alpha · op(a) · op(b) + beta · dst, row-major; op transposes where the flag is set.
void ck_gemm(int transpose_a, int transpose_b, int m, int n, int k, float alpha, const float *a,
             const float *b, float beta, float *dst);

// Lower Cholesky factor of the symmetric positive definite matrix (n×n, row-major), in place; the upper
// triangle stays as it was. Returns 0, or the order of the first minor that is not positive.
int ck_cholesky(int n, float *matrix);

// sums (m×n, rows sums_stride apart) += a (m×k) · bᵀ (n×k), the product in float. scratch has m · n floats.
void ck_add_product(int m, int n, int k, const float *a, const float *b, float *scratch,
                    size_t sums_stride, double *sums);

// ---- feedback.c

// Floats of scratch that a call below needs.
size_t ck_feedback_scratch(int rows, int n);

// codes (rows×n) of weights (rows×n), column after column from the last to the first, each rounded after
// adding the residuals w − ŵ of the columns behind it times factor (n×n), of which the strict lower
// triangle counts: L with every column divided by its diagonal entry.
void ck_round_with_feedback(int rows, int n, const float *weights, const float *factor,
                            const float *scale, const float *zero_point, int levels,
                            float *scratch, uint8_t *codes);

// matrix (rows×n) becomes matrix · (L·diag(pivots)·Lᵀ)⁻¹, with L the unit lower triangle of factor (n×n).
void ck_solve_through_factor(int rows, int n, const float *factor, const float *pivots,
                             float *matrix);

// ---- memory.c

// Has malloc keep freed stretches of up to 32 MiB instead of giving them back to the kernel.
void ck_keep_freed_memory(void);

// Has malloc give all that it keeps back to the kernel.
void ck_return_freed_memory(void);

// ---- convolution.c: im2col + GEMM, forward and backward

typedef struct {
  int in_channels, in_height, in_width;
  int out_channels, out_height, out_width;
  int kernel_height, kernel_width;
  int stride, padding, groups;
} ck_convolution;

// Work is cut into tiles of about 512 output pixels: some rows of one image, or several small images.
// The cut depends on the shapes alone, so results do not depend on who computes which tile.
int ck_convolution_tiles(const ck_convolution *c, int images);

// Floats of scratch that any one call on a tile or on `images` images needs.
size_t ck_convolution_scratch(const ck_convolution *c, int images);

// dst (N,OC,OH,OW) of one tile = weights (OC,C/groups,KH,KW) * src (N,C,H,W) + bias (OC or null),
// then max(0, ·) if relu.
void ck_convolution_forward(const ck_convolution *c, int images, int tile, const float *src,
                            const float *weights, const float *bias, int relu, float *dst,
                            float *scratch);

// weights_gradient (OC,C/groups,KH,KW) = Σ over images and pixels of dst_gradient × src.
void ck_convolution_weights_gradient(const ck_convolution *c, int images, const float *src,
                                     const float *dst_gradient, float *weights_gradient,
                                     float *scratch);

// src_gradient (N,C,H,W) = transposed convolution of dst_gradient (N,OC,OH,OW) with the weights.
void ck_convolution_src_gradient(const ck_convolution *c, int images, const float *weights,
                                 const float *dst_gradient, float *src_gradient, float *scratch);

// ---- patches.c

// columns (C·KH·KW, windows) of one image (C,H,W), rows row_stride apart: the pixels below windows whose
// corners are at (tops, lefts), zero outside the image. C is all groups' channels.
void ck_patches(const ck_convolution *c, int windows, const int32_t *tops, const int32_t *lefts,
                const float *src, size_t row_stride, float *columns);

// dst (channels, images·rows·columns): the rectangle at (top, left) of every map of src
// (images, channels, height, width).
void ck_crop(int images, int channels, int height, int width, int top, int left, int rows,
             int columns, const float *src, float *dst);

// ---- pooling.c

// dst (planes,OH,OW) = maximum over k×k windows of src (planes,H,W); padding never wins.
void ck_max_pool(int planes, int height, int width, int kernel, int stride, int padding,
                 const float *src, float *dst);

// src_gradient (planes,H,W) = dst_gradient at the first largest pixel of every window of src.
void ck_max_pool_gradient(int planes, int height, int width, int kernel, int stride, int padding,
                          const float *src, const float *dst_gradient, float *src_gradient);

// dst (planes) = mean of each plane of src (planes,H·W), summed in double.
void ck_mean_pool(int planes, int plane_size, const float *src, float *dst);

// ---- filters.c

// A window of kernel×kernel pixels that slides over maps of height×width.
typedef struct {
  int height, width, out_height, out_width, kernel, stride, padding;
} ck_pool;

// dst (planes,OH,OW) = mean of the pixels of src (planes,H,W) below every window, summed in double; padding
// does not count.
void ck_average_pool(int planes, const ck_pool *p, const float *src, float *dst);
// src_gradient (planes,H,W) = every window's gradient, shared out evenly over its pixels.
void ck_average_pool_gradient(int planes, const ck_pool *p, const float *dst_gradient,
                              float *src_gradient);

// dst (planes,OH,OW) = src (planes,H,W) filtered by [1 2 1]ᵀ·[1 2 1] / 16 with mirrored edges, at a stride.
void ck_blur(int planes, int height, int width, int stride, const float *src, float *dst);
// src_gradient (planes,H,W) = the transposed filter of dst_gradient.
void ck_blur_gradient(int planes, int height, int width, int stride, const float *dst_gradient,
                      float *src_gradient);

// ---- elementwise.c

// values = max(0, values).
void ck_relu(size_t count, float *values);
// dst = src + bias, then max(0, ·) if relu.
void ck_add_bias(int count, float bias, int relu, const float *src, float *dst);
// values = values + other.
void ck_add(size_t count, const float *other, float *values);
// values = max(0, values + other): the end of a residual block.
void ck_add_relu(size_t count, const float *other, float *values);
// gradient = 0 where output ≤ 0.
void ck_relu_gradient(size_t count, const float *output, float *gradient);
// values (planes,plane_size) = values · scale[c] + shift[c], c = plane % channels.
void ck_scale_shift(int planes, int channels, int plane_size, const float *scale,
                    const float *shift, float *values);
// Σ a · b, accumulated in double in fixed lanes.
double ck_dot(size_t count, const float *a, const float *b);

// ---- quantize.c: uniform affine quantization, round half to even

// codes = clamp(round(src / scale) + zero_point, 0, levels − 1).
void ck_quantize(size_t count, const float *src, float scale, int zero_point, int levels,
                 uint8_t *codes);
// dst = (codes − zero_point) · scale.
void ck_dequantize(size_t count, const uint8_t *codes, float scale, int zero_point, float *dst);
// values = dequantize(quantize(values)).
void ck_fake_quantize(size_t count, float scale, int zero_point, int levels, float *values);
// Smallest and largest value.
void ck_minimum_maximum(size_t count, const float *src, float *minimum, float *maximum);
// counts[bin] += 1 for every value; bins split [minimum, maximum] evenly and values outside go to the end bins.
void ck_histogram(size_t count, const float *src, float minimum, float maximum, int bins,
                  uint64_t *counts);
// Gradients of Σ gradient · fake_quantize(src): src_gradient passes inside the range and is zero outside;
// returns the derivative with respect to scale (straight-through on the rounding only).
double ck_fake_quantize_gradient(size_t count, const float *src, float scale, int zero_point,
                                 int levels, const float *gradient, float *src_gradient);

// ---- roundoff.c

typedef struct {
  float scale;
  int zero_point, levels;
} ck_grid;

enum { CK_ROUNDOFF_GRIDS = 8 };

// sums[g] = Σ |w − ŵ| / |w| over w ≠ 0 if relative, else Σ (w − ŵ)², on each of up to CK_ROUNDOFF_GRIDS
// grids, codes found by x · (1 / scale); returns how many w were counted.
size_t ck_roundoff(size_t count, const float *src, int grids, const ck_grid *grid, int relative,
                   double *sums);

// ---- quantization_error.c

// Σ |src − fake_quantize(src)|^p for p > 0, by exp2(p · log2 ·), if it is at most limit; else some number
// above limit, found without reading all of src.
double ck_quantization_error(size_t count, const float *src, float scale, int zero_point,
                             int levels, float p, double limit);

// ---- loss.c: reconstruction losses, summed in double in fixed lanes

// Σ importance · (output − target)²; gradient = factor · d/d output. importance may be null: all ones.
double ck_squared_loss(size_t count, const float *output, const float *target,
                       const float *importance, float factor, float *gradient);
// Σ |output − target|^p, p > 1; gradient = factor · d/d output.
double ck_power_loss(size_t count, const float *output, const float *target, float p, float factor,
                     float *gradient);

// ---- adaround.c and adam.c: one output channel a row

// soft (rows×columns) = scale · (clamp(floor + h(alpha) + zero_point, 0, levels − 1) − zero_point), where
// h is the rectified sigmoid and floor holds floor(w / scale).
void ck_soft_weights(int rows, int columns, const float *floor, const float *alpha,
                     const float *scale, const float *zero_point, int levels, float *soft);
// alpha_gradient = soft_gradient · d soft / d alpha + lambda · d/d alpha (1 − |2h − 1|^beta);
// lambda = 0 leaves the regulariser out. Returns lambda · Σ (1 − |2h − 1|^beta).
double ck_alpha_gradient(int rows, int columns, const float *floor, const float *alpha,
                         const float *scale, const float *zero_point, int levels, float lambda,
                         float beta, const float *soft_gradient, float *alpha_gradient);
// One step of Adam (Kingma and Ba, algorithm 1) as torch computes it; step counts from 1.
void ck_adam(size_t count, int step, float rate, float beta1, float beta2, float epsilon,
             const float *gradient, float *first_moment, float *second_moment, float *parameters);

#include "CDirect.h"

#endif
