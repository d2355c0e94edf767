// The last layer on sums of codes: products of 32 bits, four rows at a time for each block of weights.
#include "epilogue.h"

enum { HEAD_ROWS = 4 };

typedef int32_t head_sums __attribute__((ext_vector_type(CODES_BLOCK)));
typedef int16_t head_weights __attribute__((ext_vector_type(CODES_BLOCK), aligned(2)));

LOOPS int head_blocks(int outputs) { return (outputs + CODES_BLOCK - 1) / CODES_BLOCK; }

void ck_head_pack(int outputs, int channels, const int16_t *weights, int16_t *packed) {
  for (int block = 0; block < head_blocks(outputs); block++)
    for (int c = 0; c < channels; c++)
      for (int o = block * CODES_BLOCK; o < (block + 1) * CODES_BLOCK; o++)
        *packed++ = o < outputs ? weights[(size_t)o * channels + c] : 0;
}

// products[row] = Σ over channels of sums · weights of one block of outputs, for `rows` rows.
LOOPS void multiply_block(int rows, int channels, const int32_t *const *sums,
                          const int16_t *packed, head_sums *products) {
  for (int row = 0; row < rows; row++) products[row] = (head_sums)(0);
  for (int c = 0; c < channels; c++) {
    head_sums weights = __builtin_convertvector(
        *(const head_weights *)(packed + (size_t)c * CODES_BLOCK), head_sums);
    for (int row = 0; row < rows; row++) products[row] += (head_sums)(sums[row][c]) * weights;
  }
}

MULTIVERSION(extern, void, ck_head,
             (int outputs, int channels, int rows, const int32_t *sums, const int16_t *packed,
              const ck_requantization *q, float *logits),
             (outputs, channels, rows, sums, packed, q, logits)) {
  ck_output output = {0, logits};
  for (int first = 0; first < rows; first += HEAD_ROWS) {
    int count = rows - first < HEAD_ROWS ? rows - first : HEAD_ROWS;
    const int32_t *inputs[HEAD_ROWS];
    for (int row = 0; row < count; row++) inputs[row] = sums + (size_t)(first + row) * channels;
    for (int block = 0; block < head_blocks(outputs); block++) {
      head_sums products[HEAD_ROWS];
      const int16_t *weights = packed + (size_t)block * CODES_BLOCK * channels;
      if (count == HEAD_ROWS)
        multiply_block(HEAD_ROWS, channels, inputs, weights, products);
      else
        for (int row = 0; row < count; row++)
          multiply_block(1, channels, inputs + row, weights, products + row);
      for (int row = 0; row < count; row++) {
        output_place at = {0, (size_t)(first + row) * outputs};
        for (int o = block * CODES_BLOCK, i = 0; i < CODES_BLOCK && o < outputs; i++, o++)
          finish_output(q, &output, at, o, products[row][i]);
      }
    }
  }
}
