// The last layer on sums of codes: products of 32 bits, several rows against each block of outputs.
#include <string.h>

#include "epilogue.h"

enum { HEAD_ROWS = 4 };

typedef int32_t output_sums __attribute__((vector_size(CODES_BLOCK * sizeof(int32_t))));
typedef int16_t output_weights __attribute__((vector_size(CODES_BLOCK * sizeof(int16_t))));

// Panels are (outputs / 16, C, 16).
void ck_head_pack(int outputs, int channels, const int16_t *weights, int16_t *packed) {
  for (int first = 0; first < outputs; first += CODES_BLOCK)
    for (int c = 0; c < channels; c++)
      for (int i = 0; i < CODES_BLOCK; i++)
        *packed++ = first + i < outputs ? weights[(size_t)(first + i) * channels + c] : 0;
}

// Rows of sums · 16 outputs.
LOOPS void head_block(int channels, const int32_t *const *rows, const int16_t *panel,
                      output_sums *products) {
  output_sums a = {0}, b = {0}, c = {0}, d = {0};
  for (int channel = 0; channel < channels; channel++, panel += CODES_BLOCK) {
    output_weights narrow;
    memcpy(&narrow, panel, sizeof narrow);
    output_sums weights = __builtin_convertvector(narrow, output_sums);
    a += weights * rows[0][channel];
    b += weights * rows[1][channel];
    c += weights * rows[2][channel];
    d += weights * rows[3][channel];
  }
  products[0] = a, products[1] = b, products[2] = c, products[3] = d;
}

MULTIVERSION(extern, void, ck_head,
             (int outputs, int channels, int rows, const int32_t *sums, const int16_t *packed,
              const ck_requantization *q, float *logits),
             (outputs, channels, rows, sums, packed, q, logits)) {
  ck_output output = {0, logits};
  for (int first = 0; first < rows; first += HEAD_ROWS) {
    const int32_t *inputs[HEAD_ROWS];
    for (int row = 0; row < HEAD_ROWS; row++)
      inputs[row] = sums + (size_t)(first + row < rows ? first + row : rows - 1) * channels;
    for (int o = 0; o < outputs; o += CODES_BLOCK) {
      output_sums products[HEAD_ROWS];
      head_block(channels, inputs, packed + (size_t)o * channels, products);
      for (int row = 0; row < HEAD_ROWS && first + row < rows; row++) {
        output_place at = {0, (size_t)(first + row) * outputs};
        for (int i = 0; i < CODES_BLOCK && o + i < outputs; i++)
          finish_output(q, &output, at, o + i, products[row][i]);
      }
    }
  }
}
