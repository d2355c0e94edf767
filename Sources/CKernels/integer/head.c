// The last layer on sums of codes: products of 32 bits, several rows against each group of weights.
#include "epilogue.h"

enum { HEAD_ROWS = 4 };

LOOPS int padded_outputs(int outputs) {
  return (outputs + CODES_BLOCK - 1) / CODES_BLOCK * CODES_BLOCK;
}

void ck_head_pack(int outputs, int channels, const int16_t *weights, int16_t *packed) {
  int padded = padded_outputs(outputs);
  for (int c = 0; c < channels; c++)
    for (int o = 0; o < padded; o++)
      packed[(size_t)c * padded + o] = o < outputs ? weights[(size_t)o * channels + c] : 0;
}

MULTIVERSION(extern, void, ck_head,
             (int outputs, int channels, int rows, const int32_t *sums, const int16_t *packed,
              const ck_requantization *q, float *logits),
             (outputs, channels, rows, sums, packed, q, logits)) {
  int padded = padded_outputs(outputs);
  ck_output output = {0, logits};
  for (int first = 0; first < rows; first += HEAD_ROWS)
    for (int o = 0; o < padded; o += CODES_BLOCK) {
      int32_t products[HEAD_ROWS][CODES_BLOCK] = {{0}};
      const int32_t *inputs[HEAD_ROWS];
      for (int row = 0; row < HEAD_ROWS; row++)
        inputs[row] = sums + (size_t)(first + row < rows ? first + row : rows - 1) * channels;
      for (int c = 0; c < channels; c++)
        for (int row = 0; row < HEAD_ROWS; row++)
          for (int i = 0; i < CODES_BLOCK; i++)
            products[row][i] += inputs[row][c] * packed[(size_t)c * padded + o + i];
      for (int row = 0; row < HEAD_ROWS && first + row < rows; row++) {
        output_place at = {0, (size_t)(first + row) * outputs};
        for (int i = 0; i < CODES_BLOCK && o + i < outputs; i++)
          finish_output(q, &output, at, o + i, products[row][i]);
      }
    }
}
