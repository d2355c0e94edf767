// Convolution by addresses: the rows of the left-hand matrix are read from the windows in place, so nothing is
// copied (Dukhan, "The Indirect Convolution Algorithm", 2019).
#include "indirect.h"

void ck_indirect_pack(int out_channels, int length, const float *weights, float *packed) {
  for (int channel = 0; channel < out_channels;) {
    int block = output_block(out_channels, channel);
    for (int k = 0; k < length; k++)
      for (int i = 0; i < block; i++)
        *packed++ = weights[(size_t)(channel + i) * length + k];
    channel += block;
  }
}

typedef struct {
  int image, y, x;
} output_pixel;

// Returns the pixel after `at` in the region; the last one repeats.
static output_pixel next_pixel(const ck_indirect *c, const ck_region *r, output_pixel at) {
  if (at.x + 1 < c->to.width) return (output_pixel){at.image, at.y, at.x + 1};
  if (at.y + 1 < r->end_row) return (output_pixel){at.image, at.y + 1, 0};
  if (at.image + 1 < r->images) return (output_pixel){at.image + 1, r->first_row, 0};
  return at;
}

// Defines a kernel for the next ROWS pixels. It prefetches the pixels of the next group, because the processor
// finds no pattern from one block of channels to the next.
#define DEFINE_CONVOLVE(NAME, VECTORS)                                                             \
  AVX512 static void NAME(const ck_indirect *c, const ck_region *r, output_pixel *at, int channel, \
                          const float *src, const float *packed, const ck_epilogue *e,             \
                          const float *residual, float *dst) {                                     \
    const float *rows[ROWS];                                                                       \
    size_t places[ROWS];                                                                           \
    for (int row = 0; row < ROWS; row++) {                                                         \
      rows[row] = src + c->first + at->image * c->image_stride + (size_t)at->y * c->row_stride +   \
                  (size_t)at->x * c->column_stride;                                                \
      places[row] = at->image * ck_blocked_floats(&c->to) +                                        \
                    blocked_pixel(&c->to, channel / CHANNEL_BLOCK, at->y, at->x);                  \
      for (int v = 0; v < VECTORS; v++) {                                                          \
        size_t place = places[row] + v * blocked_map(&c->to);                                      \
        if (residual) __builtin_prefetch(residual + place);                                        \
        __builtin_prefetch(dst + place, 1);                                                        \
      }                                                                                            \
      *at = next_pixel(c, r, *at);                                                                 \
    }                                                                                              \
    size_t ahead = (size_t)ROWS * c->column_stride;                                                \
    ACCUMULATE(VECTORS, sums, rows, c->runs, c->run_length, c->offsets, packed, ahead);            \
    UNROLLED for (int row = 0; row < ROWS; row++)                                                  \
      UNROLLED for (int v = 0; v < VECTORS; v++) {                                                 \
        size_t place = places[row] + v * blocked_map(&c->to);                                      \
        store_channels(dst + place,                                                                \
                       finish(e, sums[row][v], e->bias + channel + v * CHANNEL_BLOCK,              \
                              residual ? residual + place : 0));                                   \
      }                                                                                            \
  }

DEFINE_CONVOLVE(convolve_64, 4)
DEFINE_CONVOLVE(convolve_32, 2)
DEFINE_CONVOLVE(convolve_16, 1)

void ck_indirect_convolve(const ck_indirect *c, ck_region r, const float *src,
                          const float *packed, const ck_epilogue *e, const float *residual,
                          float *dst) {
  int length = c->runs * c->run_length;
  int pixels = r.images * (r.end_row - r.first_row) * c->to.width;
  for (int channel = r.first_channel; channel < r.end_channel;) {
    int block = output_block(c->to.channels, channel);
    output_pixel at = {0, r.first_row, 0};
    for (int start = 0; start < pixels; start += ROWS)
      (block == 64   ? convolve_64
       : block == 32 ? convolve_32
                     : convolve_16)(c, &r, &at, channel, src, packed + (size_t)channel * length, e,
                                    residual, dst);
    channel += block;
  }
}
