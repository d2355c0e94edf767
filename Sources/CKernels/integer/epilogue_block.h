// Private to CKernels: the arithmetic on a sum (epilogue.h), for sixteen output channels of a pixel at
// once.
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

// The values that an epilogue needs, prepared once for many blocks.
typedef struct {
  ck_requantization q;
  ck_output output;
  float low, high;
  // From a pixel to its right neighbour and to the one below, among codes and among floats.
  size_t right, codes_below, sums_below;
} block_epilogue;

LOOPS block_epilogue block_epilogue_of(const ck_codes *to, const ck_requantization *q,
                                       ck_output output) {
  return (block_epilogue){*q,
                          output,
                          (float)(q->low - q->zero_point),
                          (float)(q->high - q->zero_point),
                          to->channels,
                          codes_row(to),
                          (size_t)to->width * to->channels};
}

LOOPS integer_block load_codes_as_integers(const uint8_t *p) {
  return __builtin_convertvector(*(const code_block_unaligned *)p, integer_block);
}

#define EACH_PIXEL                              \
  UNROLLED for (int y = 0; y < rows; y++)       \
    UNROLLED for (int x = 0; x < columns; x++)

// Stores codes as `requantized` does. Adding 1.5·2²³ rounds half to even and leaves the integer in the low
// bits.
LOOPS void put_codes(const block_epilogue *e, uint8_t *dst, const int rows, const int columns,
                     const float_block *t) {
  integer_block code[16];
  EACH_PIXEL {
    float_block limited = t[y * columns + x];
    limited = limited > e->low ? limited : (float_block)e->low;
    limited = limited < e->high ? limited : (float_block)e->high;
    code[y * columns + x] = (integer_block)(limited + 12582912.0f);
  }
  if (e->q.zero_point != 0) EACH_PIXEL code[y * columns + x] += e->q.zero_point;
  EACH_PIXEL *(code_block_unaligned *)(dst + y * e->codes_below + x * e->right) =
      __builtin_convertvector(code[y * columns + x], code_block);
}

LOOPS void add_residual_codes(const block_epilogue *e, const uint8_t *residual, const int rows,
                              const int columns, float_block *t) {
  integer_block code[16];
  EACH_PIXEL code[y * columns + x] =
      load_codes_as_integers(residual + y * e->codes_below + x * e->right);
  if (e->q.residual_zero_point != 0) EACH_PIXEL code[y * columns + x] -= e->q.residual_zero_point;
  EACH_PIXEL t[y * columns + x] += __builtin_convertvector(code[y * columns + x], float_block) *
                                   e->q.residual_multiplier;
}

// Does the work of `finish_output` for output channels o to o + 15 of rows × columns neighbouring pixels,
// at most 16, of which the first is at `at`.
LOOPS void finish_blocks(const block_epilogue *e, output_place at, int o, const int rows,
                         const int columns, integer_block *sums) {
  const ck_requantization *q = &e->q;
  float_block t[16], multipliers = load_floats(q->multipliers + o);
  if (q->integer_bias) {
    integer_block bias = *(const integer_block_unaligned *)(q->integer_bias + o);
    EACH_PIXEL sums[y * columns + x] += bias;
  }
  EACH_PIXEL t[y * columns + x] =
      __builtin_convertvector(sums[y * columns + x], float_block) * multipliers;
  if (q->bias) {
    float_block bias = load_floats(q->bias + o);
    EACH_PIXEL t[y * columns + x] += bias;
  }
  if (q->residual_codes)
    add_residual_codes(e, q->residual_codes + at.codes + o, rows, columns, t);
  if (q->residual_sums)
    EACH_PIXEL t[y * columns + x] +=
        load_floats(q->residual_sums + at.sums + o + y * e->sums_below + x * e->right);
  if (e->output.codes)
    put_codes(e, e->output.codes + at.codes + o, rows, columns, t);
  else
    EACH_PIXEL *(float_block_unaligned *)(e->output.sums + at.sums + o + y * e->sums_below +
                                          x * e->right) = t[y * columns + x];
}

#endif
