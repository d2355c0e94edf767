// The rounding rule of uniform affine quantization: x̂ = (code − zero_point) · scale.
#ifndef AFFINE_H
#define AFFINE_H

#include <stdint.h>

// Adding and subtracting 1.5·2²³ rounds half to even. Values beyond 2²² are outside the levels anyway.
static inline float round_half_even(float x) {
  float limited = x > 4194304.0f ? 4194304.0f : x < -4194304.0f ? -4194304.0f : x;
  return (limited + 12582912.0f) - 12582912.0f;
}

static inline float code_of(float x, float scale, float zero_point, float top) {
  float code = round_half_even(x / scale) + zero_point;
  return code < 0 ? 0 : code > top ? top : code;
}

// Returns the code as a byte. NaN, which C cannot cast to an integer, becomes 0.
static inline uint8_t stored_code(float code) { return (uint8_t)(code >= 0 ? code : 0); }

#endif
