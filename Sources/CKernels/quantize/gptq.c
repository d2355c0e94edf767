// Rounding of weights column by column (GPTQ, Frantar et al., ICLR 2023).
//
// Columns are rounded from the last to the first. With G = L·Lᵀ, the error tr(ΔW·G·ΔWᵀ) is ‖ΔW·L‖². Column
// a of ΔW·L depends only on the columns b ≥ a of ΔW, so each column is rounded to the codes that best
// correct the errors of the columns after it.
#include "CQuantize.h"
#include "affine.h"
#include "multiversion.h"
#include "products.h"

enum { BLOCK = 128 };

// Rounds one row of the block [begin, end). targets holds the corrections for the errors of the columns from
// end on.
MULTIVERSION(static, void, round_block,
             (int n, int begin, int end, const float *weights, const float *factor, float scale,
              float zero_point, float top, float *targets, float *residuals, uint8_t *codes),
             (n, begin, end, weights, factor, scale, zero_point, top, targets, residuals, codes)) {
  for (int a = end - 1; a >= begin; a--) {
    float code = code_of(weights[a] + targets[a - begin], scale, zero_point, top);
    float residual = weights[a] - (code - zero_point) * scale;
    const float *weights_of = factor + (size_t)a * n + begin;
    for (int b = 0; b < a - begin; b++) targets[b] += residual * weights_of[b];
    residuals[a] = residual;
    codes[a] = stored_code(code);
  }
}

size_t ck_gptq_scratch(int rows, int n) { return (size_t)rows * (n + BLOCK); }

void ck_gptq_round(int rows, int n, const float *weights, const float *factor,
                            const float *scale, const float *zero_point, int levels,
                            float *scratch, uint8_t *codes) {
  float *residuals = scratch, *targets = scratch + (size_t)rows * n;
  for (int end = n; end > 0; end -= BLOCK) {
    int begin = end > BLOCK ? end - BLOCK : 0;
    for (int i = 0; i < rows * BLOCK; i++) targets[i] = 0;
    if (end < n)
      matrix_product(0, 0, rows, end - begin, n - end, 1, residuals + end, n,
                     factor + (size_t)end * n + begin, n, 0, targets, BLOCK);
    for (int row = 0; row < rows; row++) {
      size_t start = (size_t)row * n;
      round_block(n, begin, end, weights + start, factor, scale[row], zero_point[row],
                  (float)(levels - 1), targets + (size_t)row * BLOCK, residuals + start,
                  codes + start);
    }
  }
}

void ck_solve_through_factor(int rows, int n, const float *factor, const float *pivots,
                             float *matrix) {
  solve_right_transposed(rows, n, factor, matrix);
  for (int row = 0; row < rows; row++)
    for (int column = 0; column < n; column++) matrix[(size_t)row * n + column] /= pivots[column];
  solve_right(rows, n, factor, matrix);
}
