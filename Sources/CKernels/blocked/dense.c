// Matrix products with the sums in registers: the middle of Winograd's convolution, and the head.
#include "CTraining.h"
#include "indirect.h"

#define DEFINE_MULTIPLY(NAME, VECTORS)                                                            \
  AVX512 static void NAME(int channels, int count, int start, const float *inputs,                \
                          const float *packed, float *products, size_t row_stride) {              \
    static const int32_t origin[1] = {0};                                                         \
    const float *rows[ROWS];                                                                      \
    for (int row = 0; row < ROWS; row++)                                                          \
      rows[row] =                                                                                 \
          inputs + (size_t)(start + row < count ? start + row : count - 1) * channels;            \
    ACCUMULATE(VECTORS, sums, rows, 1, channels, origin, packed, 0);                              \
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

// The depth of one pass, so that the rows of b stay in the second-level cache.
enum { DEPTH_AT_ONCE = 256 };

#define DEFINE_PRODUCT(NAME, VECTORS)                                                              \
  AVX512 static void NAME(int rows, int depth, ck_matrix a, const float *b, size_t b_row,          \
                          float *products, size_t products_row, int accumulate) {                  \
    for (int start = 0; start < rows; start += ROWS) {                                             \
      const float *entries[ROWS];                                                                  \
      UNROLLED for (int row = 0; row < ROWS; row++) entries[row] =                                 \
          a.base + (start + row < rows ? start + row : rows - 1) * a.row;                          \
      channel_vector sums[ROWS][VECTORS];                                                          \
      UNROLLED for (int row = 0; row < ROWS; row++)                                                \
        UNROLLED for (int v = 0; v < VECTORS; v++) sums[row][v] = (channel_vector)(0.0f);          \
      const float *line = b;                                                                       \
      for (size_t k = 0; k < depth * a.column; k += a.column, line += b_row) {                     \
        channel_vector values[VECTORS];                                                            \
        UNROLLED for (int v = 0; v < VECTORS; v++) values[v] =                                     \
            load_channels(line + v * CHANNEL_BLOCK);                                               \
        UNROLLED for (int row = 0; row < ROWS; row++) {                                            \
          channel_vector entry = (channel_vector)(entries[row][k]);                                \
          UNROLLED for (int v = 0; v < VECTORS; v++) sums[row][v] =                                \
              __builtin_elementwise_fma(entry, values[v], sums[row][v]);                           \
        }                                                                                          \
      }                                                                                            \
      UNROLLED for (int row = 0; row < ROWS; row++) {                                              \
        if (start + row >= rows) break;                                                            \
        float *place = products + (start + row) * products_row;                                    \
        UNROLLED for (int v = 0; v < VECTORS; v++) {                                               \
          channel_vector sum = sums[row][v];                                                       \
          if (accumulate) sum += load_channels(place + v * CHANNEL_BLOCK);                         \
          store_channels(place + v * CHANNEL_BLOCK, sum);                                          \
        }                                                                                          \
      }                                                                                            \
    }                                                                                              \
  }

DEFINE_PRODUCT(product_64, 4)
DEFINE_PRODUCT(product_32, 2)
DEFINE_PRODUCT(product_16, 1)

void ck_product(int rows, int columns, int depth, ck_matrix a, const float *b, size_t b_row,
                float *products, size_t products_row, int accumulate) {
  for (int from = 0; from < depth; from += DEPTH_AT_ONCE) {
    int part = depth - from < DEPTH_AT_ONCE ? depth - from : DEPTH_AT_ONCE;
    ck_matrix stretch = {a.base + from * a.column, a.row, a.column};
    int add = accumulate || from > 0;
    for (int first = 0; first < columns;) {
      int block = output_block(columns, first);
      (block == 64   ? product_64
       : block == 32 ? product_32
                     : product_16)(rows, part, stretch, b + from * b_row + first, b_row,
                                   products + first, products_row, add);
      first += block;
    }
  }
}
