// Kernels of the inference plan: convolutions between blocked activations, with packed weights and
// everything that follows a convolution fused into it.
//
// Blocked activations are (N, C/16, H+5, W+5, 16): sixteen channels beside each other, and around every
// map a border of zeros, one wide above and to the left, four below and to the right, which nobody writes.
// A 3×3 window may therefore reach over the edge, and a tile of 4×4 outputs over the far one.
//
// All kernels need AVX-512. Every output is one chain of fused multiply-adds, the same whatever the batch
// and whoever computes it.
#ifndef CBLOCKED_H
#define CBLOCKED_H

#include <stddef.h>
#include <stdint.h>

// Whether the family in use has the kernels below: only AVX-512 does.
int ck_has_blocked_kernels(void);

typedef struct {
  int channels, height, width;
} ck_blocked;

// Floats of one image, from a row to the next, and from a block of sixteen channels to the next.
size_t ck_blocked_floats(const ck_blocked *b);
size_t ck_blocked_row(const ck_blocked *b);
size_t ck_blocked_map(const ck_blocked *b);

// dst blocked ← src (C,H,W), one image, and back; C is a multiple of 16.
void ck_blocked_pack(const ck_blocked *b, const float *src, float *dst);
void ck_blocked_unpack(const ck_blocked *b, const float *src, float *dst);

// dst (H+2·padding, W+2·padding, C) ← src (C,H,W), one image of few channels; dst is zero before.
void ck_interleave(int channels, int height, int width, int padding, const float *src, float *dst);

// dst ← 3×3 maximum at stride 2, padding 1, of src, one image; src is nowhere negative.
void ck_blocked_max_pool(const ck_blocked *from, const ck_blocked *to, const float *src, float *dst);

// dst (C) ← mean of every map of src, one image, summed in double.
void ck_blocked_mean_pool(const ck_blocked *b, const float *src, float *dst);

// dst ← every stride-th pixel of src, one image, its channels behind `padding` channels of zeros.
void ck_blocked_subsample(const ck_blocked *from, const ck_blocked *to, int stride, int padding,
                          const float *src, float *dst);

// What follows the sums of a convolution: + bias (OC), + residual (blocked like dst, or null), max(0, ·) if
// relu, then fake quantization if levels > 0.
typedef struct {
  const float *bias;
  int relu;
  float scale;
  int zero_point, levels;
} ck_epilogue;

// ---- indirect.c: any convolution, by the addresses of its windows' pixels

// A window is `runs` stretches of run_length floats, at offsets from its first pixel.
typedef struct {
  ck_blocked to;
  int runs, run_length;
  const int32_t *offsets;
  // Floats from a window to the next one in its row, to the one below, and from image to image.
  int column_stride, row_stride;
  size_t image_stride;
  // Of the first window in an image.
  int first;
} ck_indirect;

// Floats of packed weights (out_channels, length of a window) in blocks of 64, 32 or 16 outputs.
void ck_indirect_pack(int out_channels, int length, const float *weights, float *packed);

// What one call computes of the convolution of `images` images: rows [first_row, end_row) of outputs
// [first_channel, end_channel); first_channel is a multiple of 64, end_channel too or all of them.
typedef struct {
  int images, first_row, end_row, first_channel, end_channel;
} ck_region;

// dst ← a region of the convolution. src, residual and dst are the first image's own.
void ck_indirect_convolve(const ck_indirect *c, ck_region region, const float *src,
                          const float *packed, const ck_epilogue *e, const float *residual,
                          float *dst);

// ---- dense.c

// products (rows, OC) ← inputs (rows, C) · packed, as ck_indirect_pack packs weights (OC, C).
void ck_dense_multiply(int out_channels, int channels, int rows, const float *packed,
                       const float *inputs, float *products);

// ---- winograd.c: 3×3 at stride 1 and padding 1 as F(4×4, 3×3) (Lavin and Gray, CVPR 2016)

// Tiles of 4×4 outputs of one image.
int ck_winograd_tiles(const ck_blocked *to);

// How 36 matrices lie in memory: floats from row to row, and from matrix to matrix. Strides that are
// multiples of 4 KiB make everything fall into the same few lines of a cache.
typedef struct {
  size_t row, matrix;
} ck_matrices;

// packed (36, OC/block, C, block) ← the outputs [first, end) of the transformed weights (OC,C,3,3);
// 36·OC·C floats in all, first a multiple of 64, end too or OC. Each of the 36 matrices is then a case
// for ck_dense_multiply.
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
