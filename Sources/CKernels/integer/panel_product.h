// Private to CKernels: matrix products of narrow integers, the middle step of the exact Winograd convolutions.
// Sums are modulo 2³².
#ifndef PANEL_PRODUCT_H
#define PANEL_PRODUCT_H

#include <stddef.h>
#include <stdint.h>

#include "CExecution.h"

// products (rows, outputs) ← start (outputs) + inputs (rows, depth) · panel (depth, outputs).
//
// Entries of inputs and of the panel are 32 bits: two words, or four bytes, unsigned in the inputs and
// signed in the panel. The product of two entries is the sum of the products of their words or bytes.
// outputs is 64, 32 or 16.
typedef struct {
  int rows, depth, outputs;
  const uint8_t *inputs;
  size_t input_row;  // bytes
  const uint8_t *panel;
  const int32_t *start;  // or null: zeros
  int32_t *products;
  size_t product_row;  // integers
} panel_product;

typedef void (*panel_multiply)(const panel_product *);

// Return the function that uses these instructions.
panel_multiply words_multiply(ce_dot dot), bytes_multiply(ce_dot dot);

#endif
