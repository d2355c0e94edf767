// Pillow's 8-bit resampling (ImagingResample): weights in units of 2^-22, sums in 32-bit integers,
// rounded to 8 bits after each of the two passes. Integer sums make every vector width agree.
#include <string.h>

#include "CImages.h"

#define PRECISION_BITS 22

#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__SANITIZE_THREAD__) && \
    !(defined(__has_feature) && __has_feature(thread_sanitizer))
#define MULTIVERSION __attribute__((target_clones("avx512bw", "avx2", "default")))
#else
#define MULTIVERSION
#endif

typedef int32_t lanes __attribute__((vector_size(16)));
typedef uint8_t lane_bytes __attribute__((vector_size(4)));

static inline uint8_t clip8(int32_t sum) {
  const int32_t value = sum >> PRECISION_BITS;
  return value < 0 ? 0 : value > 255 ? 255 : (uint8_t)value;
}

MULTIVERSION
void ci_resample_rows(
    const uint8_t *src, size_t rows, size_t width, ci_taps taps, size_t columns, uint8_t *scratch,
    uint8_t *dst) {
  const int32_t half = 1 << (PRECISION_BITS - 1);
  for (size_t row = 0; row < rows; row++) {
    // A pixel is loaded as four lanes, so the copy has one byte more than the row.
    memcpy(scratch, src + row * width * 3, width * 3);
    scratch[width * 3] = 0;
    for (size_t column = 0; column < columns; column++) {
      const uint8_t *pixel = scratch + 3 * (size_t)taps.first[column];
      const int32_t *weights = taps.weights + column * taps.stride;
      lanes sum = {half, half, half, half};
      for (int32_t tap = 0; tap < taps.counts[column]; tap++, pixel += 3) {
        lane_bytes bytes;
        memcpy(&bytes, pixel, sizeof bytes);
        sum += weights[tap] * __builtin_convertvector(bytes, lanes);
      }
      uint8_t *out = dst + (row * columns + column) * 3;
      for (int channel = 0; channel < 3; channel++) out[channel] = clip8(sum[channel]);
    }
  }
}

#define BLOCK 64

MULTIVERSION
void ci_resample_columns(
    const uint8_t *src, size_t row_bytes, int32_t first_row, ci_taps taps, size_t rows,
    uint8_t *dst) {
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

void ci_normalise(
    const uint8_t *src, size_t count, const float *tables, size_t plane, float *dst) {
  for (size_t pixel = 0; pixel < count; pixel++) {
    dst[pixel] = tables[src[3 * pixel]];
    dst[plane + pixel] = tables[256 + src[3 * pixel + 1]];
    dst[2 * plane + pixel] = tables[512 + src[3 * pixel + 2]];
  }
}
