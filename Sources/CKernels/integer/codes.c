// Pools, sums and additions of codes: loops over channels, which lie beside each other.
#include <string.h>

#include "epilogue.h"
#include "range.h"

size_t ck_codes_row(const ck_codes *c) { return codes_row(c); }

size_t ck_codes_bytes(const ck_codes *c) { return codes_image(c); }

size_t ck_codes_origin(const ck_codes *c) { return codes_pixel(c, 0, 0); }

typedef uint8_t few_codes __attribute__((ext_vector_type(CODES_BLOCK), aligned(1)));
typedef uint8_t many_codes __attribute__((ext_vector_type(4 * CODES_BLOCK), aligned(1)));

// dst ← the largest codes over rows × columns pixels from src on, for the channels that fill one VECTOR.
#define LARGEST(VECTOR, rows, columns, row_bytes, pixel_bytes, src, dst)                          \
  do {                                                                                            \
    VECTOR largest = (VECTOR)(0);                                                                 \
    for (int y = 0; y < (rows); y++)                                                              \
      for (int x = 0; x < (columns); x++)                                                         \
        largest = __builtin_elementwise_max(                                                      \
            largest, *(const VECTOR *)((src) + y * (row_bytes) + (size_t)x * (pixel_bytes)));     \
    *(VECTOR *)(dst) = largest;                                                                   \
  } while (0)

MULTIVERSION(extern, void, ck_codes_max_pool,
             (const ck_codes_window *w, int first_row, int end_row, const uint8_t *src,
              uint8_t *dst),
             (w, first_row, end_row, src, dst)) {
  const ck_codes_window window = *w;
  const int channels = window.to.channels;
  const size_t row = codes_row(&window.from);
  for (int out_y = first_row; out_y < end_row; out_y++)
    for (int out_x = 0; out_x < window.to.width; out_x++) {
      range rows =
          under(out_y, window.from.height, window.kernel, window.stride, window.padding);
      range columns =
          under(out_x, window.from.width, window.kernel, window.stride, window.padding);
      const int height = rows.end - rows.first, width = columns.end - columns.first;
      const uint8_t *corner = src + codes_pixel(&window.from, rows.first, columns.first);
      uint8_t *pixel = dst + codes_pixel(&window.to, out_y, out_x);
      int c = 0;
      for (; c + 4 * CODES_BLOCK <= channels; c += 4 * CODES_BLOCK)
        LARGEST(many_codes, height, width, row, channels, corner + c, pixel + c);
      for (; c < channels; c += CODES_BLOCK)
        LARGEST(few_codes, height, width, row, channels, corner + c, pixel + c);
    }
}

MULTIVERSION(extern, void, ck_codes_average_pool,
             (const ck_codes_window *w, int first_row, int end_row, const uint8_t *src,
              int src_zero_point, double multiplier, const ck_requantization *q,
              ck_output output),
             (w, first_row, end_row, src, src_zero_point, multiplier, q, output)) {
  const ck_requantization rule = *q;
  for (int y = first_row; y < end_row; y++)
    for (int x = 0; x < w->to.width; x++) {
      range rows = under(y, w->from.height, w->kernel, w->stride, w->padding);
      range columns = under(x, w->from.width, w->kernel, w->stride, w->padding);
      int pixels = (rows.end - rows.first) * (columns.end - columns.first);
      float share = pixels > 0 ? (float)(multiplier / pixels) : 0;
      output_place at = place_of(&w->to, 0, y, x);
      for (int c = 0; c < w->to.channels; c += CODES_BLOCK) {
        int32_t sums[CODES_BLOCK] = {0};
        for (int in_y = rows.first; in_y < rows.end; in_y++)
          for (int in_x = columns.first; in_x < columns.end; in_x++) {
            const uint8_t *pixel = src + codes_pixel(&w->from, in_y, in_x) + c;
            for (int i = 0; i < CODES_BLOCK; i++) sums[i] += pixel[i] - src_zero_point;
          }
        for (int i = 0; i < CODES_BLOCK; i++)
          put(&rule, &output, at, c + i, (float)sums[i] * share);
      }
    }
}

MULTIVERSION(extern, void, ck_codes_sums,
             (const ck_codes *c, const uint8_t *src, int32_t *restrict sums), (c, src, sums)) {
  memset(sums, 0, c->channels * sizeof *sums);
  for (int y = 0; y < c->height; y++)
    for (int x = 0; x < c->width; x++) {
      const uint8_t *restrict pixel = src + codes_pixel(c, y, x);
      for (int i = 0; i < c->channels; i++) sums[i] += pixel[i];
    }
}

MULTIVERSION(extern, void, ck_codes_add,
             (const ck_codes *c, int first_row, int end_row, const uint8_t *a, int a_zero_point,
              float a_multiplier, const uint8_t *b, int b_zero_point, float b_multiplier,
              const ck_requantization *q, uint8_t *dst),
             (c, first_row, end_row, a, a_zero_point, a_multiplier, b, b_zero_point,
              b_multiplier, q, dst)) {
  const ck_requantization rule = *q;
  for (int y = first_row; y < end_row; y++) {
    size_t row = codes_pixel(c, y, 0), end = row + (size_t)c->width * c->channels;
    for (size_t first = row; first < end; first += CODES_BLOCK) {
      // Sixteen codes are read before any is written, so dst may be a or b.
      uint8_t sums[CODES_BLOCK];
      for (int i = 0; i < CODES_BLOCK; i++) {
        float t = (float)(a[first + i] - a_zero_point) * a_multiplier;
        t += (float)(b[first + i] - b_zero_point) * b_multiplier;
        sums[i] = requantized(&rule, t);
      }
      memcpy(dst + first, sums, CODES_BLOCK);
    }
  }
}

void ck_codes_subsample(const ck_codes *from, const ck_codes *to, int channels, int stride,
                        int padding, const uint8_t *src, uint8_t *dst) {
  for (int y = 0; y < to->height; y++)
    for (int x = 0; x < to->width; x++) {
      uint8_t *pixel = dst + codes_pixel(to, y, x);
      memset(pixel, 0, to->channels);
      memcpy(pixel + padding, src + codes_pixel(from, y * stride, x * stride), channels);
    }
}
