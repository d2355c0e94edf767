// Private to CKernels: how panels hold weights, and what a kernel multiplies them by.
//
// A panel is cut into blocks of outputs. In a block stand the weights of four taps in order at a time, of
// each output, so that one broadcast of four codes meets all of them.
#ifndef FORMS_H
#define FORMS_H

#include "epilogue.h"

typedef enum {
  // int16 as they come, for the plain loops.
  FORM_PLAIN,
  // Bytes.
  FORM_S8,
  // Bytes less a shift for each output; the shifts stand first. Sums add shift · Σ codes of the window.
  FORM_S8_SUMS,
  // int16: of four taps the first and third of each output, then the second and fourth.
  FORM_S16
} form;

// The form for filters of `length` weights, in groups of four, of which vpmaddubsw adds two products in 16
// bits, and what panels of a form need.
form form_for(ce_dot dot, int outputs, int length, int largest, const int16_t *weights);
const char *form_name(int form);
// Bytes in front of the blocks, and of one block's output.
size_t form_header(int form, int outputs);
size_t form_output_bytes(int form, int length);

// The width of the block of outputs that begins at `channel`: 64, 32 or 16, and 16 without AVX-512.
static inline int block_width(ce_dot dot, int outputs, int channel) {
  int left = outputs - channel;
  if (dot < CE_DOT_AVX512) return 16;
  return left >= 64 ? 64 : left >= 32 ? 32 : 16;
}

// panels ← weights (outputs, length) of outputs [first, end).
void form_pack(int form, ce_dot dot, int outputs, int length, int first, int end,
               const int16_t *weights, void *panels);
// The same for one block of `block` filters; shifts, or null, are the block's.
void form_pack_block(int form, ce_dot dot, int block, int length, const int16_t *filters,
                     int32_t *shifts, void *packed);

#endif
