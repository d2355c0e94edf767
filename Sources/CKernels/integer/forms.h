// Private to CKernels: the forms of weights in panels.
//
// A panel is cut into blocks of outputs. A block holds the weights of four taps for each of its outputs, then
// those of the next four taps, so that one broadcast of four codes meets all outputs.
#ifndef FORMS_H
#define FORMS_H

#include "blocks.h"
#include "epilogue.h"

typedef enum {
  // int16 in the order of the weights, for the plain loops.
  FORM_PLAIN,
  // Bytes.
  FORM_S8,
  // Bytes, after a shift is subtracted for each output; the shifts come first. Kernels add shift · Σ codes
  // of the window to the sums.
  FORM_S8_SUMS,
  // int16: the first and third of four taps for each output, then the second and fourth.
  FORM_S16
} form;

// Returns the fastest exact form for filters of `length` weights and codes up to `largest`. length is a
// multiple of four.
form form_for(ce_dot dot, int outputs, int length, int largest, const int16_t *weights);
const char *form_name(int form);
// Return the bytes before the blocks, and the bytes of one output in a block.
size_t form_header(int form, int outputs);
size_t form_output_bytes(int form, int length);

// panels ← weights (outputs, length) of outputs [first, end).
void form_pack(int form, ce_dot dot, int outputs, int length, int first, int end,
               const int16_t *weights, void *panels);
// Packs one block of `block` filters; shifts are those of the block, or null.
void form_pack_block(int form, ce_dot dot, int block, int length, const int16_t *filters,
                     int32_t *shifts, void *packed);

#endif
