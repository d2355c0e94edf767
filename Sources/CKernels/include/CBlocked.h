// Kernels of float programs: convolutions between blocked activations, with packed weights and with the
// operations after the convolution fused into it.
//
// Blocked activations are (N, C/16, H+5, W+5, 16): sixteen channels lie beside each other. Every map has a
// border of zeros, one pixel wide above and to the left, and four below and to the right. No kernel writes to
// it, so 3×3 windows and tiles of 4×4 pixels may reach over the edges.
//
// All kernels need AVX-512. Every output is one chain of fused multiply-adds, which does not depend on the
// batch or on the division of the work.
#ifndef CBLOCKED_H
#define CBLOCKED_H

#include <stddef.h>
#include <stdint.h>

// Returns 1 if the process may use the kernels below: if the family in use is AVX-512 and portable math is
// off.
int ck_has_blocked_kernels(void);

typedef struct {
  int channels, height, width;
} ck_blocked;

// Return the number of floats of one image, from a row to the next, and from a block of sixteen channels to
// the next.
size_t ck_blocked_floats(const ck_blocked *b);
size_t ck_blocked_row(const ck_blocked *b);
size_t ck_blocked_map(const ck_blocked *b);

// dst (blocked) ← src (C,H,W), one image, and back; C is a multiple of 16.
void ck_blocked_pack(const ck_blocked *b, const float *src, float *dst);
void ck_blocked_unpack(const ck_blocked *b, const float *src, float *dst);

// dst (H+2·padding, W+2·padding, C) ← src (C,H,W), one image of few channels. The border of dst is not written
// and must be zero.
void ck_interleave(int channels, int height, int width, int padding, const float *src, float *dst);

// dst ← 3×3 maximum of src, one image, at stride 2 with padding 1. No value of src may be negative.
void ck_blocked_max_pool(const ck_blocked *from, const ck_blocked *to, const float *src, float *dst);

// dst (C) ← mean of every map of src, one image, summed in double.
void ck_blocked_mean_pool(const ck_blocked *b, const float *src, float *dst);

// dst ← every stride-th pixel of src, one image. The channels of src follow `padding` channels of zeros, and
// zeros fill the channels after them.
void ck_blocked_subsample(const ck_blocked *from, const ck_blocked *to, int stride, int padding,
                          const float *src, float *dst);

// The operations on the sums of a convolution: + bias (OC), + residual (blocked like dst, or null), max(0, ·)
// if relu, then fake quantization if levels > 0.
typedef struct {
  const float *bias;
  int relu;
  float scale;
  int zero_point, levels;
} ck_epilogue;

// ---- indirect.c: any convolution, by the addresses of the pixels in its windows

// A window is `runs` stretches of run_length floats, at offsets from its first pixel.
typedef struct {
  ck_blocked to;
  int runs, run_length;
  const int32_t *offsets;
  // The floats from a window to the next one in its row, to the one below, and from image to image.
  int column_stride, row_stride;
  size_t image_stride;
  // The floats from an image to its first window.
  int first;
} ck_indirect;

// packed ← weights (out_channels, length of a window), in blocks of 64, 32 or 16 outputs.
void ck_indirect_pack(int out_channels, int length, const float *weights, float *packed);

// The part of a convolution of `images` images that one call computes: rows [first_row, end_row) of output
// channels [first_channel, end_channel). first_channel is a multiple of 64; end_channel is one too, or is the
// number of output channels.
typedef struct {
  int images, first_row, end_row, first_channel, end_channel;
} ck_region;

// dst ← a region of the convolution. src, residual and dst point to the first image.
void ck_indirect_convolve(const ck_indirect *c, ck_region region, const float *src,
                          const float *packed, const ck_epilogue *e, const float *residual,
                          float *dst);

// ---- dense.c

// products (rows, OC) ← inputs (rows, C) · packed. ck_indirect_pack makes packed from weights (OC, C).
void ck_dense_multiply(int out_channels, int channels, int rows, const float *packed,
                       const float *inputs, float *products);

// ---- winograd.c: 3×3 at stride 1 and padding 1 as F(4×4, 3×3) (Lavin and Gray, CVPR 2016)

// Returns the number of tiles of 4×4 outputs of one image.
int ck_winograd_tiles(const ck_blocked *to);

// The layout of 36 matrices: the floats from row to row, and from matrix to matrix. With strides that are
// multiples of 4 KiB, everything would share the same few lines of a cache.
typedef struct {
  size_t row, matrix;
} ck_matrices;

// packed (36, OC/block, C, block) ← the transformed weights (OC,C,3,3) of outputs [first, end). first is a
// multiple of 64; end is one too, or is OC. packed has 36·OC·C floats in all; ck_dense_multiply takes each of
// its 36 matrices.
void ck_winograd_pack(int out_channels, int channels, int first, int end, const float *weights,
                      float *packed);

// inputs (36, tiles, C) ← tiles [first, first + count) of one image.
void ck_winograd_input(const ck_blocked *from, int first, int count, const float *src,
                       ck_matrices lie, float *inputs);

// dst ← tiles [first, first + count) of one image from products (36, tiles, OC).
void ck_winograd_output(const ck_blocked *to, int first, int count, ck_matrices lie,
                        const float *products, const ck_epilogue *e, const float *residual,
                        float *dst);

#endif
