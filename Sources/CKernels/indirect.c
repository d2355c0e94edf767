// Convolution by addresses: the rows of the left-hand matrix are where the windows' pixels already stand,
// so nothing is copied (Dukhan, "The Indirect Convolution Algorithm", 2019).
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

// The output pixels of the rows at work, as numbers below rows·width; the last ones repeat in a short group.
typedef struct {
  int first_row, pixels, start;
} pixel_group;

static int pixel_at(pixel_group g, int row) {
  int pixel = g.start + row;
  return pixel < g.pixels ? pixel : g.pixels - 1;
}

#define DEFINE_CONVOLVE(NAME, VECTORS)                                                             \
  AVX512 static void NAME(const ck_indirect *c, pixel_group g, int channel, const float *src,      \
                          const float *packed, const ck_epilogue *e, const float *residual,        \
                          float *dst) {                                                            \
    const float *rows[ROWS];                                                                       \
    size_t places[ROWS];                                                                           \
    for (int row = 0; row < ROWS; row++) {                                                         \
      int pixel = pixel_at(g, row);                                                                \
      int y = g.first_row + pixel / c->to.width, x = pixel % c->to.width;                          \
      rows[row] = src + c->first + (size_t)y * c->row_stride + (size_t)x * c->column_stride;       \
      places[row] = blocked_pixel(&c->to, channel / CHANNEL_BLOCK, y, x);                          \
    }                                                                                              \
    ACCUMULATE(VECTORS, sums, rows, c->runs, c->run_length, c->offsets, packed);                   \
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

void ck_indirect_convolve(const ck_indirect *c, int first_row, int rows, const float *src,
                          const float *packed, const ck_epilogue *e, const float *residual,
                          float *dst) {
  int length = c->runs * c->run_length;
  for (int channel = 0; channel < c->to.channels;) {
    int block = output_block(c->to.channels, channel);
    pixel_group g = {first_row, rows * c->to.width, 0};
    for (; g.start < g.pixels; g.start += ROWS) {
      if (block == 64)
        convolve_64(c, g, channel, src, packed, e, residual, dst);
      else if (block == 32)
        convolve_32(c, g, channel, src, packed, e, residual, dst);
      else
        convolve_16(c, g, channel, src, packed, e, residual, dst);
    }
    packed += (size_t)length * block;
    channel += block;
  }
}
