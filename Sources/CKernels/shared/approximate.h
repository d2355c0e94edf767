// exp2, exp and log2 as polynomials that a compiler turns into vector code; glibc's have no vector form
// without fast-math flags. Near 0 and 1 their error is below 2e-7. Over all floats the rounding of the
// argument leaves 4e-6, relative for exp and absolute for log2. Tests check these bounds for powers and
// sigmoids.
#ifndef APPROXIMATE_H
#define APPROXIMATE_H

#include <stdint.h>
#include <string.h>

#include "multiversion.h"

static inline float float_of_bits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static inline uint32_t bits_of_float(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

// 2^x: the integer part becomes the exponent, the fraction in [-½, ½] a Taylor polynomial of 2^f.
static inline float approximate_exp2(float x) {
  x = x < -126.0f ? -126.0f : x > 127.0f ? 127.0f : x;
  float whole = (x + 12582912.0f) - 12582912.0f;
  float f = x - whole;
  float p = 1.5403530e-4f;
  p = p * f + 1.3333558e-3f;
  p = p * f + 9.6181291e-3f;
  p = p * f + 5.5504109e-2f;
  p = p * f + 2.4022651e-1f;
  p = p * f + 6.9314718e-1f;
  p = p * f + 1.0f;
  // NaN stays NaN because p is; it cannot be cast to an integer, so its exponent is set to 0.
  int32_t exponent = (int32_t)(whole == whole ? whole : 0);
  return p * float_of_bits((uint32_t)(exponent + 127) << 23);
}

static inline float approximate_exp(float x) { return approximate_exp2(x * 1.44269504f); }

// log2 of a positive normal float: exponent + log2 of a mantissa in [√½, √2), by the series of
// artanh((m − 1) / (m + 1)).
static inline float approximate_log2(float x) {
  uint32_t bits = bits_of_float(x);
  int32_t exponent = (int32_t)(bits - 0x3f3504f3u) >> 23;
  float m = float_of_bits(bits - ((uint32_t)exponent << 23));
  float t = (m - 1.0f) / (m + 1.0f), t2 = t * t;
  float p = 0.32059889f;
  p = p * t2 + 0.41219858f;
  p = p * t2 + 0.57707802f;
  p = p * t2 + 0.96179669f;
  p = p * t2 + 2.88539008f;
  return p * t + (float)exponent;
}

// x^p for x ≥ 0; 0 below the smallest normal float.
static inline float approximate_power(float x, float p) {
  float power = approximate_exp2(p * approximate_log2(x < 1.17549435e-38f ? 1.0f : x));
  return x < 1.17549435e-38f ? 0.0f : power;
}

#endif
