// The blocks of outputs whose sums kernels keep in registers.
#ifndef BLOCKS_H
#define BLOCKS_H

#include "CExecution.h"

// Loops over sums must be unrolled, so that the sums are registers.
#define UNROLLED _Pragma("clang loop unroll(full)")

// Returns the width of the block of outputs that begins at `output`: 64, 32 or 16.
static inline int output_block(int outputs, int output) {
  int left = outputs - output;
  return left >= 64 ? 64 : left >= 32 ? 32 : 16;
}

// Returns the width of that block for products of integers: as above with AVX-512, otherwise 16.
static inline int block_width(ce_dot dot, int outputs, int output) {
  return dot < CE_DOT_AVX512 ? 16 : output_block(outputs, output);
}

#endif
