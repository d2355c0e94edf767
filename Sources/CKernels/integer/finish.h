// Private to CKernels: the cases of a requantization for which kernels have code without tests.
#ifndef FINISH_H
#define FINISH_H

#include "epilogue.h"

// The case of a requantization, found before the loops.
typedef enum {
  // Anything that CInteger.h allows.
  FINISH_ANY,
  // A bias, then a residual of codes, of sums or none, then codes from 0 on with zero point 0. Residual codes
  // have zero point 0. Without residual sums, t rounds to an integer of 32 bits.
  FINISH_CODES,
  FINISH_RESIDUAL_CODES,
  FINISH_RESIDUAL_SUMS,
  // A bias, then floats.
  FINISH_FLOATS
} finish_case;

// Returns 1 if t stays far from 2³¹ for every sum in outputs [first, end).
static inline int stays_small(const ck_requantization *q, int first, int end) {
  int is_small = q->residual_multiplier > -1048576.0f && q->residual_multiplier < 1048576.0f;
  for (int o = first; o < end; o++)
    is_small &= q->multipliers[o] > -0.25f && q->multipliers[o] < 0.25f &&
                q->bias[o] > -536870912.0f && q->bias[o] < 536870912.0f;
  return is_small;
}

static inline finish_case finish_case_of(const ck_requantization *q, const ck_output *output,
                                         int first, int end) {
  int has_residual = q->residual_codes || q->residual_sums;
  if (q->integer_bias || !q->bias) return FINISH_ANY;
  if (!output->codes) return has_residual ? FINISH_ANY : FINISH_FLOATS;
  if (q->low != 0 || q->zero_point != 0) return FINISH_ANY;
  if (q->residual_sums) return q->residual_codes ? FINISH_ANY : FINISH_RESIDUAL_SUMS;
  if (!stays_small(q, first, end)) return FINISH_ANY;
  if (q->residual_codes && q->residual_zero_point != 0) return FINISH_ANY;
  return q->residual_codes ? FINISH_RESIDUAL_CODES : FINISH_CODES;
}

#endif
