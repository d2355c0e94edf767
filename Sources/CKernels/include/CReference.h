// The plain kernels: im2col + GEMM, pooling and elementwise operations. They are the truth that every fast
// path is tested against.
#ifndef CREFERENCE_H
#define CREFERENCE_H

#include <stddef.h>
#include <stdint.h>

// ---- gemm.c: BLAS and LAPACK; OpenBLAS is set at load time to use the calling thread alone

// Return OpenBLAS's name and version with its build options, and the name of the processor core whose kernels
// it uses.
const char *ck_blas_config(void);
const char *ck_blas_core(void);

// The bytes of the buffer that OpenBLAS maps for each thread that calls it.
enum { CK_BLAS_BUFFER = 128 << 20 };

// Makes OpenBLAS map the buffers of up to 64 threads. It never returns if the address space is too small.
void ck_blas_reserve(int threads);

// dst (m×n) = alpha · op(a) · op(b) + beta · dst, row-major. op transposes if its flag is set.
void ck_gemm(int transpose_a, int transpose_b, int m, int n, int k, float alpha, const float *a,
             const float *b, float beta, float *dst);

// Replaces the lower triangle of a symmetric positive definite matrix (n×n, row-major) by its Cholesky factor;
// the upper triangle is not changed. Returns 0, or the order of the first minor that is not positive.
int ck_cholesky(int n, float *matrix);

// sums (m×n, rows sums_stride apart) += a (m×k) · bᵀ (n×k), the product in float. scratch has m · n floats.
void ck_add_product(int m, int n, int k, const float *a, const float *b, float *scratch,
                    size_t sums_stride, double *sums);

// ---- convolution.c: im2col + GEMM, forward and backward

typedef struct {
  int in_channels, in_height, in_width;
  int out_channels, out_height, out_width;
  int kernel_height, kernel_width;
  int stride, padding, groups;
} ck_convolution;

// Returns the number of tiles. A tile has about 512 output pixels: some rows of one image, or several small
// images. The cut depends on the shapes alone, so results do not depend on the number of threads.
int ck_convolution_tiles(const ck_convolution *c, int images);

// Returns the floats of scratch that a call on one tile or on `images` images needs.
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

// columns (C·KH·KW, windows) ← the pixels of one image (C,H,W) inside windows with their upper left corners
// at (tops, lefts), and zero outside the image. Rows are row_stride apart, and C counts the channels of all
// groups.
void ck_patches(const ck_convolution *c, int windows, const int32_t *tops, const int32_t *lefts,
                const float *src, size_t row_stride, float *columns);

// dst (channels, images·rows·columns) ← the rectangle at (top, left) of every map of src
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

// dst (planes,OH,OW) = mean of the pixels of src (planes,H,W) inside every window, summed in double; padding
// does not count.
void ck_average_pool(int planes, const ck_pool *p, const float *src, float *dst);
// src_gradient (planes,H,W) = the gradient of every window, divided evenly among its pixels.
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
// gradient = 0 if output ≤ 0.
void ck_relu_gradient(size_t count, const float *output, float *gradient);
// values (planes,plane_size) = values · scale[c] + shift[c], c = plane % channels.
void ck_scale_shift(int planes, int channels, int plane_size, const float *scale,
                    const float *shift, float *values);
// Returns Σ a · b, accumulated in double in fixed lanes.
double ck_dot(size_t count, const float *a, const float *b);

#endif
