// Products of rows with packed weights: the middle of Winograd's convolution, and the head.
#include "indirect.h"

#define DEFINE_MULTIPLY(NAME, VECTORS)                                                            \
  AVX512 static void NAME(int channels, int count, int start, const float *inputs,                \
                          const float *packed, float *products, size_t row_stride) {              \
    static const int32_t origin[1] = {0};                                                         \
    const float *rows[ROWS];                                                                      \
    for (int row = 0; row < ROWS; row++)                                                          \
      rows[row] =                                                                                 \
          inputs + (size_t)(start + row < count ? start + row : count - 1) * channels;            \
    ACCUMULATE(VECTORS, sums, rows, 1, channels, origin, packed);                                 \
    UNROLLED for (int row = 0; row < ROWS; row++) {                                               \
      if (start + row >= count) return;                                                           \
      UNROLLED for (int v = 0; v < VECTORS; v++) store_channels(                                  \
          products + (start + row) * row_stride + v * CHANNEL_BLOCK, sums[row][v]);               \
    }                                                                                             \
  }

DEFINE_MULTIPLY(multiply_64, 4)
DEFINE_MULTIPLY(multiply_32, 2)
DEFINE_MULTIPLY(multiply_16, 1)

void ck_dense_multiply(int out_channels, int channels, int rows, const float *packed,
                       const float *inputs, float *products) {
  for (int first = 0; first < out_channels;) {
    int block = output_block(out_channels, first);
    for (int start = 0; start < rows; start += ROWS) {
      if (block == 64)
        multiply_64(channels, rows, start, inputs, packed, products + first, out_channels);
      else if (block == 32)
        multiply_32(channels, rows, start, inputs, packed, products + first, out_channels);
      else
        multiply_16(channels, rows, start, inputs, packed, products + first, out_channels);
    }
    packed += (size_t)block * channels;
    first += block;
  }
}
