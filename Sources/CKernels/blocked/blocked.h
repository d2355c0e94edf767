// Private to CKernels: the layout of blocked activations, and vectors of one block of channels.
#ifndef BLOCKED_H
#define BLOCKED_H

#include "CBlocked.h"

enum { CHANNEL_BLOCK = 16, BORDER_BEFORE = 1, BORDER = 5 };

#if defined(__x86_64__)
#define AVX512 __attribute__((target("avx512f,avx512vl,fma")))
#else
#define AVX512
#endif

typedef float channel_vector __attribute__((ext_vector_type(CHANNEL_BLOCK)));
typedef float channel_vector_unaligned
    __attribute__((ext_vector_type(CHANNEL_BLOCK), aligned(4)));

static inline size_t blocked_row(const ck_blocked *b) {
  return (size_t)(b->width + BORDER) * CHANNEL_BLOCK;
}

static inline size_t blocked_map(const ck_blocked *b) {
  return (size_t)(b->height + BORDER) * blocked_row(b);
}

// Returns the place of pixel (y, x) of a block of channels.
static inline size_t blocked_pixel(const ck_blocked *b, int block, int y, int x) {
  return block * blocked_map(b) + (size_t)(y + BORDER_BEFORE) * blocked_row(b) +
         (size_t)(x + BORDER_BEFORE) * CHANNEL_BLOCK;
}

AVX512 static inline channel_vector load_channels(const float *p) {
  return *(const channel_vector_unaligned *)p;
}

AVX512 static inline void store_channels(float *p, channel_vector v) {
  *(channel_vector_unaligned *)p = v;
}

// Applies the epilogue to one pixel's block of channels. bias and residual point to the block; residual may be
// null.
AVX512 static inline channel_vector finish(const ck_epilogue *e, channel_vector sum,
                                           const float *bias, const float *residual) {
  sum += load_channels(bias);
  if (residual) sum += load_channels(residual);
  if (e->relu) sum = __builtin_elementwise_max(sum, (channel_vector)(0.0f));
  if (e->levels > 0) {
    float low = (float)-e->zero_point, high = (float)(e->levels - 1 - e->zero_point);
    channel_vector code = __builtin_elementwise_roundeven(sum / e->scale);
    code = __builtin_elementwise_max(code, (channel_vector)(low));
    code = __builtin_elementwise_min(code, (channel_vector)(high));
    sum = code * e->scale;
  }
  return sum;
}

#endif
