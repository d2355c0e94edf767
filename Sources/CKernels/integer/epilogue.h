// Private to CKernels: the layout of codes in memory, and the plain form of the arithmetic on a sum
// (CInteger.h). Contraction of a·b + c into one rounding is off (multiversion.h), so that all families
// agree bit for bit.
#ifndef EPILOGUE_H
#define EPILOGUE_H

#include "CInteger.h"
#include "affine.h"
#include "blocks.h"
#include "multiversion.h"

enum { CODES_BLOCK = 16, CODES_BORDER_BEFORE = 1, CODES_BORDER = 5 };

LOOPS size_t codes_row(const ck_codes *c) {
  return (size_t)(c->width + CODES_BORDER) * c->channels;
}

LOOPS size_t codes_image(const ck_codes *c) {
  return (size_t)(c->height + CODES_BORDER) * codes_row(c);
}

// Returns the byte of an image at which pixel (y, x) begins.
LOOPS size_t codes_pixel(const ck_codes *c, int y, int x) {
  return (size_t)(y + CODES_BORDER_BEFORE) * codes_row(c) +
         (size_t)(x + CODES_BORDER_BEFORE) * c->channels;
}

// The place of an output pixel's channels among codes, and among floats.
typedef struct {
  size_t codes, sums;
} output_place;

LOOPS output_place place_of(const ck_codes *to, int image, int y, int x) {
  return (output_place){
      (size_t)image * codes_image(to) + codes_pixel(to, y, x),
      (((size_t)image * to->height + y) * to->width + x) * to->channels};
}

// Returns the code of t; NaN becomes `low`.
LOOPS uint8_t requantized(const ck_requantization *q, float t) {
  float low = (float)(q->low - q->zero_point), high = (float)(q->high - q->zero_point);
  t = t > low ? t : low;
  t = t < high ? t : high;
  return (uint8_t)((int)round_half_even(t) + q->zero_point);
}

// Returns t with the residual of channel o at a place added.
LOOPS float with_residual(const ck_requantization *q, output_place at, int o, float t) {
  if (q->residual_codes)
    t += (float)(q->residual_codes[at.codes + o] - q->residual_zero_point) * q->residual_multiplier;
  if (q->residual_sums) t += q->residual_sums[at.sums + o];
  return t;
}

LOOPS void put(const ck_requantization *q, const ck_output *output, output_place at, int o,
               float t) {
  if (output->codes)
    output->codes[at.codes + o] = requantized(q, t);
  else
    output->sums[at.sums + o] = t;
}

// Applies the whole rule to the exact sum of output channel o.
LOOPS void finish_output(const ck_requantization *q, const ck_output *output, output_place at,
                         int o, int32_t sum) {
  if (q->integer_bias) sum += q->integer_bias[o];
  float t = (float)sum * q->multipliers[o];
  if (q->bias) t += q->bias[o];
  put(q, output, at, o, with_residual(q, at, o, t));
}

#endif
