// Uniform affine quantization (BRECQ's and oneDNN's convention): x̂ = (codes − zero_point) · scale.
#include <math.h>

#include "CKernels.h"
#include "approximate.h"
#include "multiversion.h"

enum { LANES = 16 };

// Adding and taking away 1.5·2²³ rounds half to even; beyond 2²² the value is clamped by the levels anyway.
static inline float round_half_even(float x) {
  float limited = x > 4194304.0f ? 4194304.0f : x < -4194304.0f ? -4194304.0f : x;
  return (limited + 12582912.0f) - 12582912.0f;
}

static inline float code_of(float x, float scale, float zero_point, float top) {
  float code = round_half_even(x / scale) + zero_point;
  return code < 0 ? 0 : code > top ? top : code;
}

static inline float fake_quantized(float x, float scale, float zero_point, float top) {
  return (code_of(x, scale, zero_point, top) - zero_point) * scale;
}

MULTIVERSION
void ck_quantize(size_t count, const float *src, float scale, int zero_point, int levels,
                 uint8_t *codes) {
  for (size_t i = 0; i < count; i++)
    codes[i] = (uint8_t)code_of(src[i], scale, (float)zero_point, (float)(levels - 1));
}

MULTIVERSION
void ck_dequantize(size_t count, const uint8_t *codes, float scale, int zero_point, float *dst) {
  for (size_t i = 0; i < count; i++) dst[i] = (float)(codes[i] - zero_point) * scale;
}

MULTIVERSION
void ck_fake_quantize(size_t count, float scale, int zero_point, int levels, float *values) {
  for (size_t i = 0; i < count; i++)
    values[i] = fake_quantized(values[i], scale, (float)zero_point, (float)(levels - 1));
}

static double sum_of_lanes(const double lanes[LANES]) {
  double sum = 0;
  for (int lane = 0; lane < LANES; lane++) sum += lanes[lane];
  return sum;
}

MULTIVERSION
static double squared_error(size_t count, const float *src, float scale, float zero, float top) {
  double lanes[LANES] = {0};
  size_t whole = count - count % LANES;
  for (size_t i = 0; i < whole; i += LANES)
    for (int lane = 0; lane < LANES; lane++) {
      float error = src[i + lane] - fake_quantized(src[i + lane], scale, zero, top);
      lanes[lane] += (double)error * (double)error;
    }
  for (size_t i = whole; i < count; i++) {
    float error = src[i] - fake_quantized(src[i], scale, zero, top);
    lanes[i - whole] += (double)error * (double)error;
  }
  return sum_of_lanes(lanes);
}

MULTIVERSION
static double power_error(size_t count, const float *src, float scale, float zero, float top,
                          float p) {
  double lanes[LANES] = {0};
  size_t whole = count - count % LANES;
  for (size_t i = 0; i < whole; i += LANES)
    for (int lane = 0; lane < LANES; lane++) {
      float error = src[i + lane] - fake_quantized(src[i + lane], scale, zero, top);
      lanes[lane] += (double)approximate_power(error < 0 ? -error : error, p);
    }
  for (size_t i = whole; i < count; i++) {
    float error = src[i] - fake_quantized(src[i], scale, zero, top);
    lanes[i - whole] += (double)approximate_power(error < 0 ? -error : error, p);
  }
  return sum_of_lanes(lanes);
}

double ck_quantization_error(size_t count, const float *src, float scale, int zero_point,
                             int levels, float p) {
  float zero = (float)zero_point, top = (float)(levels - 1);
  return p == 2 ? squared_error(count, src, scale, zero, top)
                : power_error(count, src, scale, zero, top, p);
}

MULTIVERSION
double ck_relative_error(size_t count, const float *src, float scale, int zero_point, int levels,
                         size_t *nonzero) {
  float zero = (float)zero_point, top = (float)(levels - 1);
  double lanes[LANES] = {0};
  size_t zeros = 0, whole = count - count % LANES;
  for (size_t i = 0; i < count; i++) zeros += src[i] == 0;
  for (size_t i = 0; i < whole; i += LANES)
    for (int lane = 0; lane < LANES; lane++) {
      float x = src[i + lane];
      float error = x - fake_quantized(x, scale, zero, top);
      float ratio = error / (x == 0 ? 1.0f : x);
      lanes[lane] += (double)(x == 0 ? 0.0f : ratio < 0 ? -ratio : ratio);
    }
  for (size_t i = whole; i < count; i++)
    if (src[i] != 0)
      lanes[i - whole] +=
          (double)fabsf((src[i] - fake_quantized(src[i], scale, zero, top)) / src[i]);
  *nonzero = count - zeros;
  return sum_of_lanes(lanes);
}

MULTIVERSION
void ck_minimum_maximum(size_t count, const float *src, float *minimum, float *maximum) {
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
    int bin = place < 0 ? 0 : place >= (float)bins ? bins - 1 : (int)place;
    counts[bin] += 1;
  }
}

MULTIVERSION
double ck_fake_quantize_gradient(size_t count, const float *src, float scale, int zero_point,
                                 int levels, const float *gradient, float *src_gradient) {
  float low = (float)-zero_point, high = (float)(levels - 1 - zero_point);
  double lanes[LANES] = {0};
  for (size_t start = 0; start < count; start += LANES) {
    size_t active = count - start < LANES ? count - start : LANES;
    for (size_t lane = 0; lane < active; lane++) {
      float x = src[start + lane] / scale, g = gradient[start + lane];
      float rounded = round_half_even(x);
      int inside = rounded >= low && rounded <= high;
      float slope = inside ? rounded - x : rounded < low ? low : high;
      src_gradient[start + lane] = inside ? g : 0;
      lanes[lane] += (double)(g * slope);
    }
  }
  return sum_of_lanes(lanes);
}
