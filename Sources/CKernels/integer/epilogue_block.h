// Private to CKernels: what follows a sum (epilogue.h), for sixteen output channels of one pixel at once.
#ifndef EPILOGUE_BLOCK_H
#define EPILOGUE_BLOCK_H

#include "epilogue.h"

// Vectors are passed to functions that are always inlined, so the calling convention does not matter.
#pragma clang diagnostic ignored "-Wpsabi"

typedef int32_t integer_block __attribute__((ext_vector_type(CODES_BLOCK)));
typedef float float_block __attribute__((ext_vector_type(CODES_BLOCK)));
typedef uint8_t code_block __attribute__((ext_vector_type(CODES_BLOCK)));
typedef integer_block integer_block_unaligned __attribute__((aligned(4)));
typedef float_block float_block_unaligned __attribute__((aligned(4)));
typedef code_block code_block_unaligned __attribute__((aligned(1)));

LOOPS float_block load_floats(const float *p) { return *(const float_block_unaligned *)p; }

LOOPS float_block load_residual_codes(const uint8_t *p, int zero_point) {
  return __builtin_convertvector(
      __builtin_convertvector(*(const code_block_unaligned *)p, integer_block) - zero_point,
      float_block);
}

// As `requantized`: adding 1.5·2²³ rounds half to even and leaves the integer in the low bits.
LOOPS code_block requantized_block(const ck_requantization *q, float_block t) {
  float_block low = (float)(q->low - q->zero_point), high = (float)(q->high - q->zero_point);
  t = t > low ? t : low;
  t = t < high ? t : high;
  integer_block bits = (integer_block)(t + 12582912.0f);
  return __builtin_convertvector(bits + q->zero_point, code_block);
}

#define UNROLLED _Pragma("clang loop unroll(full)")

// As `finish_output`, for output channels o to o + 15 of `count` neighbours in a row, the first one at a place.
LOOPS void finish_blocks(const ck_codes *to, const ck_requantization *q, const ck_output *output,
                         output_place at, int o, const int count, const integer_block *sums) {
  float_block t[4], multipliers = load_floats(q->multipliers + o);
  size_t next = to->channels;
  at.codes += o;
  at.sums += o;
  integer_block bias = 0;
  if (q->integer_bias) bias = *(const integer_block_unaligned *)(q->integer_bias + o);
  UNROLLED for (int i = 0; i < count; i++) t[i] =
      __builtin_convertvector(sums[i] + bias, float_block) * multipliers;
  if (q->bias) UNROLLED for (int i = 0; i < count; i++) t[i] += load_floats(q->bias + o);
  if (q->residual_codes)
    UNROLLED for (int i = 0; i < count; i++) t[i] +=
        load_residual_codes(q->residual_codes + at.codes + i * next, q->residual_zero_point) *
        q->residual_multiplier;
  if (q->residual_sums)
    UNROLLED for (int i = 0; i < count; i++) t[i] +=
        load_floats(q->residual_sums + at.sums + i * next);
  if (output->codes)
    UNROLLED for (int i = 0; i < count; i++) *(code_block_unaligned *)(output->codes + at.codes +
                                                                       i * next) =
        requantized_block(q, t[i]);
  else
    UNROLLED for (int i = 0; i < count; i++) *(float_block_unaligned *)(output->sums + at.sums +
                                                                        i * next) = t[i];
}

#endif
