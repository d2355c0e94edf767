// Uniform affine quantization (BRECQ's and oneDNN's convention): x̂ = (codes − zero_point) · scale.
#include "CQuantize.h"
#include "affine.h"
#include "lanes.h"
#include "multiversion.h"

static inline float fake_quantized(float x, float scale, float zero_point, float top) {
  return (code_of(x, scale, zero_point, top) - zero_point) * scale;
}

MULTIVERSION(extern, void, ck_quantize,
             (size_t count, const float *src, float scale, int zero_point, int levels,
              uint8_t *codes),
             (count, src, scale, zero_point, levels, codes)) {
  for (size_t i = 0; i < count; i++)
    codes[i] = stored_code(code_of(src[i], scale, (float)zero_point, (float)(levels - 1)));
}

MULTIVERSION(extern, void, ck_dequantize,
             (size_t count, const uint8_t *codes, float scale, int zero_point, float *dst),
             (count, codes, scale, zero_point, dst)) {
  for (size_t i = 0; i < count; i++) dst[i] = (float)(codes[i] - zero_point) * scale;
}

MULTIVERSION(extern, void, ck_fake_quantize,
             (size_t count, float scale, int zero_point, int levels, float *values),
             (count, scale, zero_point, levels, values)) {
  for (size_t i = 0; i < count; i++)
    values[i] = fake_quantized(values[i], scale, (float)zero_point, (float)(levels - 1));
}

MULTIVERSION(extern, void, ck_minimum_maximum,
             (size_t count, const float *src, float *minimum, float *maximum),
             (count, src, minimum, maximum)) {
  float low = src[0], high = src[0];
  for (size_t i = 0; i < count; i++) {
    low = src[i] < low ? src[i] : low;
    high = src[i] > high ? src[i] : high;
  }
  *minimum = low;
  *maximum = high;
}

void ck_histogram(size_t count, const float *src, float minimum, float maximum, int bins,
                  uint64_t *counts) {
  float per_unit = maximum > minimum ? (float)bins / (maximum - minimum) : 0;
  for (size_t i = 0; i < count; i++) {
    float place = (src[i] - minimum) * per_unit;
    int bin = place >= 0 ? (place < (float)bins ? (int)place : bins - 1) : 0;
    counts[bin] += 1;
  }
}

// Returns gradient · d x̂ / d scale of one value; src_gradient is the gradient with respect to the value.
// low and high are the lowest and the highest code minus the zero point.
static inline float scale_slope(float src, float scale, float low, float high, float gradient,
                                float *src_gradient) {
  float x = src / scale, rounded = round_half_even(x);
  int inside = rounded >= low && rounded <= high;
  *src_gradient = inside ? gradient : 0;
  return gradient * (inside ? rounded - x : rounded < low ? low : high);
}

MULTIVERSION(extern, double, ck_fake_quantize_gradient,
             (size_t count, const float *src, float scale, int zero_point, int levels,
              const float *gradient, float *src_gradient),
             (count, src, scale, zero_point, levels, gradient, src_gradient)) {
  float low = (float)-zero_point, high = (float)(levels - 1 - zero_point);
  SUM_IN_LANES(count, i,
               scale_slope(src[i], scale, low, high, gradient[i], &src_gradient[i]));
}
