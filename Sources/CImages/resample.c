// Pillow's 8-bit resampling (ImagingResample). Weights have units of 2^-22, sums are 32-bit
// integers, and each of the two passes rounds to 8 bits. Integer sums do not depend on the vector
// width.
#include <string.h>

#include "CImages.h"
#include "multiversion.h"

#define PRECISION_BITS 22

static inline uint8_t clip8(int32_t sum) {
  const int32_t value = sum >> PRECISION_BITS;
  return value < 0 ? 0 : value > 255 ? 255 : (uint8_t)value;
}

// Four rows are resampled at once. Each channel of each row has a lane, and a fourth one pads the
// three channels.
#define ROWS 4
typedef int32_t lanes __attribute__((vector_size(4 * 4 * ROWS)));
typedef uint8_t lane_bytes __attribute__((vector_size(4 * ROWS)));

/// Writes pixel x of row r to scratch[(x · ROWS + r) · 4] for x < read.
/// Rows beyond the last one repeat it.
static inline void interleave(
    const uint8_t *src, size_t rows, size_t width, size_t read, uint8_t *scratch) {
  for (size_t r = 0; r < ROWS; r++) {
    const uint8_t *row = src + (r < rows ? r : rows - 1) * width * 3;
    uint8_t *out = scratch + 4 * r;
    for (size_t x = 0; x + 1 < read; x++) memcpy(out + 4 * ROWS * x, row + 3 * x, 4);
    memcpy(out + 4 * ROWS * (read - 1), row + 3 * (read - 1), 3);
  }
}

MULTIVERSION(extern, void, ci_resample_rows,
             (const uint8_t *src, size_t rows, size_t width, size_t first, size_t read,
              ci_taps taps, size_t columns, uint8_t *scratch, uint8_t *dst),
             (src, rows, width, first, read, taps, columns, scratch, dst)) {
  for (size_t row = 0; row < rows; row += ROWS) {
    const size_t count = rows - row < ROWS ? rows - row : ROWS;
    interleave(src + (row * width + first) * 3, count, width, read, scratch);
    for (size_t column = 0; column < columns; column++) {
      const uint8_t *pixel = scratch + 4 * ROWS * ((size_t)taps.first[column] - first);
      const int32_t *weights = taps.weights + column * taps.stride;
      lanes sum = (lanes){0} + (1 << (PRECISION_BITS - 1));
      for (int32_t tap = 0; tap < taps.counts[column]; tap++, pixel += 4 * ROWS) {
        lane_bytes bytes;
        memcpy(&bytes, pixel, sizeof bytes);
        sum += weights[tap] * __builtin_convertvector(bytes, lanes);
      }
      sum >>= PRECISION_BITS;
      sum &= sum >= 0;
      sum |= sum > 255;
      const lane_bytes rounded = __builtin_convertvector(sum & 255, lane_bytes);
      uint8_t *out = dst + (row * columns + column) * 3;
      for (size_t r = 0; r < count; r++) {
        memcpy(out + r * columns * 3, (const uint8_t *)&rounded + 4 * r, 3);
      }
    }
  }
}

#define BLOCK 64

MULTIVERSION(extern, void, ci_resample_columns,
             (const uint8_t *src, size_t row_bytes, int32_t first_row, ci_taps taps, size_t rows,
              uint8_t *dst),
             (src, row_bytes, first_row, taps, rows, dst)) {
  for (size_t row = 0; row < rows; row++) {
    const uint8_t *top = src + (size_t)(taps.first[row] - first_row) * row_bytes;
    const int32_t *weights = taps.weights + row * taps.stride;
    const int32_t count = taps.counts[row];
    uint8_t *out = dst + row * row_bytes;
    for (size_t start = 0; start < row_bytes; start += BLOCK) {
      const size_t width = row_bytes - start < BLOCK ? row_bytes - start : BLOCK;
      int32_t sums[BLOCK];
      for (size_t i = 0; i < BLOCK; i++) sums[i] = 1 << (PRECISION_BITS - 1);
      if (width == BLOCK) {
        for (int32_t tap = 0; tap < count; tap++) {
          const uint8_t *bytes = top + (size_t)tap * row_bytes + start;
          for (size_t i = 0; i < BLOCK; i++) sums[i] += weights[tap] * bytes[i];
        }
        for (size_t i = 0; i < BLOCK; i++) out[start + i] = clip8(sums[i]);
      } else {
        for (int32_t tap = 0; tap < count; tap++) {
          const uint8_t *bytes = top + (size_t)tap * row_bytes + start;
          for (size_t i = 0; i < width; i++) sums[i] += weights[tap] * bytes[i];
        }
        for (size_t i = 0; i < width; i++) out[start + i] = clip8(sums[i]);
      }
    }
  }
}

MULTIVERSION(extern, void, ci_split_planes,
             (const uint8_t *restrict src, size_t count, size_t plane, uint8_t *restrict dst),
             (src, count, plane, dst)) {
  for (size_t channel = 0; channel < 3; channel++)
    for (size_t pixel = 0; pixel < count; pixel++)
      dst[channel * plane + pixel] = src[3 * pixel + channel];
}

MULTIVERSION(extern, void, ci_normalise,
             (const uint8_t *restrict src, size_t count, const float *mean, const float *std,
              size_t plane, float *restrict dst),
             (src, count, mean, std, plane, dst)) {
  for (size_t channel = 0; channel < 3; channel++) {
    const float m = mean[channel], s = std[channel];
    float *out = dst + channel * plane;
    for (size_t pixel = 0; pixel < count; pixel++) {
      out[pixel] = ((float)src[3 * pixel + channel] / 255 - m) / s;
    }
  }
}
