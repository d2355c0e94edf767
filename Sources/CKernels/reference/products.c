// Matrix products with one order of sums on every processor, for --portable-math.
//
// An element is a sum over stretches of 256 terms. Within a stretch, every product is rounded to float32,
// and the products are added one after another. Tiles and vectors only decide which elements are computed
// together.
#include <string.h>

#include "CPortable.h"
#include "columns.h"
#include "multiversion.h"

enum { STRETCH = 256, ROWS = 6, COLUMNS = 16, BLOCK = 64 };

typedef float columns_of_tile __attribute__((vector_size(COLUMNS * sizeof(float))));

// panel (depth×COLUMNS) = columns [first, first + width) of rows [begin, begin + depth) of op(b), then zeros.
LOOPS void pack_panel(int transposed, int begin, int depth, int first, int width, const float *b,
                      size_t stride, float *panel) {
  if (width < COLUMNS) memset(panel, 0, sizeof(float) * COLUMNS * (size_t)depth);
  if (transposed) {
    for (int j = 0; j < width; j++) {
      const float *row = b + (size_t)(first + j) * stride + begin;
      for (int p = 0; p < depth; p++) panel[p * COLUMNS + j] = row[p];
    }
  } else {
    for (int p = 0; p < depth; p++)
      memcpy(panel + p * COLUMNS, b + (size_t)(begin + p) * stride + first,
             sizeof(float) * (size_t)width);
  }
}

// sums (ROWS×COLUMNS) = the products of ROWS rows of op(a) and the panel; step leads to the next term of a
// row, stride to the next row.
LOOPS void multiply_tile(int depth, const float *a, size_t stride, size_t step, const float *panel,
                         columns_of_tile sums[ROWS]) {
  columns_of_tile s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0}, s4 = {0}, s5 = {0};
  for (int p = 0; p < depth; p++) {
    columns_of_tile b;
    memcpy(&b, panel + p * COLUMNS, sizeof b);
    const float *term = a + p * step;
    s0 += b * term[0];
    s1 += b * term[stride];
    s2 += b * term[2 * stride];
    s3 += b * term[3 * stride];
    s4 += b * term[4 * stride];
    s5 += b * term[5 * stride];
  }
  sums[0] = s0, sums[1] = s1, sums[2] = s2, sums[3] = s3, sums[4] = s4, sums[5] = s5;
}

// The same for one row.
LOOPS void multiply_row(int depth, const float *a, size_t step, const float *panel,
                        columns_of_tile *sums) {
  columns_of_tile s = {0};
  for (int p = 0; p < depth; p++) {
    columns_of_tile b;
    memcpy(&b, panel + p * COLUMNS, sizeof b);
    s += b * a[p * step];
  }
  *sums = s;
}

LOOPS void store_row(int width, float alpha, float beta, const columns_of_tile *sums, float *dst) {
  float row[COLUMNS];
  memcpy(row, sums, sizeof row);
  for (int j = 0; j < width; j++) {
    float product = alpha * row[j];
    dst[j] = beta == 0 ? product : beta * dst[j] + product;
  }
}

MULTIVERSION(static, void, multiply_panel,
             (int m, int depth, int width, float alpha, const float *a, size_t stride, size_t step,
              const float *panel, float beta, float *dst, size_t dst_stride),
             (m, depth, width, alpha, a, stride, step, panel, beta, dst, dst_stride)) {
  columns_of_tile sums[ROWS];
  int row = 0;
  for (; row + ROWS <= m; row += ROWS) {
    multiply_tile(depth, a + (size_t)row * stride, stride, step, panel, sums);
    for (int i = 0; i < ROWS; i++)
      store_row(width, alpha, beta, &sums[i], dst + (size_t)(row + i) * dst_stride);
  }
  for (; row < m; row++) {
    multiply_row(depth, a + (size_t)row * stride, step, panel, sums);
    store_row(width, alpha, beta, sums, dst + (size_t)row * dst_stride);
  }
}

void ck_portable_product(int transpose_a, int transpose_b, int m, int n, int k, float alpha,
                         const float *a, size_t a_stride, const float *b, size_t b_stride,
                         float beta, float *dst, size_t dst_stride) {
  float panel[STRETCH * COLUMNS];
  size_t stride = transpose_a ? 1 : a_stride, step = transpose_a ? a_stride : 1;
  if (k == 0 && beta == 0)
    for (int row = 0; row < m; row++) memset(dst + row * dst_stride, 0, sizeof(float) * (size_t)n);
  for (int begin = 0; begin < k; begin += STRETCH) {
    int depth = minimum(STRETCH, k - begin);
    for (int first = 0; first < n; first += COLUMNS) {
      int width = minimum(COLUMNS, n - first);
      pack_panel(transpose_b, begin, depth, first, width, b, b_stride, panel);
      multiply_panel(m, depth, width, alpha, a + (size_t)begin * step, stride, step, panel,
                     begin == 0 ? beta : 1, dst + first, dst_stride);
    }
  }
}

// transposed (count×BLOCK) = the columns of count rows of factor.
static void transpose_block(int count, const float *factor, size_t stride, float *transposed) {
  for (int row = 0; row < count; row++)
    for (int column = 0; column < count; column++)
      transposed[column * BLOCK + row] = factor[(size_t)row * stride + column];
}

// Replaces every row x of `count` columns by x · l⁻ᵀ; transposed holds the columns of l as rows. pivots are
// the diagonal of l; if null, it is ones.
MULTIVERSION(static, void, solve_forward,
             (int rows, int count, const float *transposed, const float *pivots, float *x,
              size_t stride),
             (rows, count, transposed, pivots, x, stride)) {
  for (int row = 0; row < rows; row++, x += stride)
    for (int c = 0; c < count; c++) {
      float value = pivots ? x[c] / pivots[c] : x[c];
      x[c] = value;
      for (int t = c + 1; t < count; t++) x[t] -= value * transposed[c * BLOCK + t];
    }
}

// Replaces every row x of `count` columns by x · l⁻¹; l has ones on its diagonal.
MULTIVERSION(static, void, solve_backward,
             (int rows, int count, const float *factor, size_t factor_stride, float *x,
              size_t stride),
             (rows, count, factor, factor_stride, x, stride)) {
  for (int row = 0; row < rows; row++, x += stride)
    for (int c = count - 1; c > 0; c--) {
      const float *l = factor + (size_t)c * factor_stride;
      float value = x[c];
      for (int t = 0; t < c; t++) x[t] -= value * l[t];
    }
}

void ck_portable_solve_transposed(int rows, int n, const float *factor, float *matrix) {
  float transposed[BLOCK * BLOCK];
  for (int begin = 0; begin < n; begin += BLOCK) {
    int count = minimum(BLOCK, n - begin);
    const float *l = factor + (size_t)begin * n;
    ck_portable_product(0, 1, rows, count, begin, -1, matrix, n, l, n, 1, matrix + begin, n);
    transpose_block(count, l + begin, n, transposed);
    solve_forward(rows, count, transposed, NULL, matrix + begin, n);
  }
}

void ck_portable_solve(int rows, int n, const float *factor, float *matrix) {
  for (int end = n; end > 0; end -= minimum(BLOCK, end)) {
    int begin = end > BLOCK ? end - BLOCK : 0, count = end - begin;
    const float *l = factor + (size_t)begin * n + begin;
    ck_portable_product(0, 0, rows, count, n - end, -1, matrix + end, n,
                        factor + (size_t)end * n + begin, n, 1, matrix + begin, n);
    solve_backward(rows, count, l, n, matrix + begin, n);
  }
}

// Factors the diagonal block of count rows, row by row; returns 0, or the order of the first minor that is not
// positive.
static int factor_block(int count, float *block, size_t stride) {
  for (int row = 0; row < count; row++) {
    float *l = block + (size_t)row * stride;
    for (int column = 0; column <= row; column++) {
      const float *other = block + (size_t)column * stride;
      float value = l[column];
      for (int t = 0; t < column; t++) value -= l[t] * other[t];
      if (column < row) {
        l[column] = value / other[column];
      } else {
        if (!(value > 0)) return row + 1;
        l[column] = __builtin_sqrtf(value);
      }
    }
  }
  return 0;
}

int ck_portable_cholesky(int n, float *matrix) {
  float square[BLOCK * BLOCK], pivots[BLOCK];
  for (int begin = 0; begin < n; begin += BLOCK) {
    int count = minimum(BLOCK, n - begin), below = n - begin - count;
    float *rows = matrix + (size_t)begin * n, *block = rows + begin;
    // The update goes to `square` first, because the block's upper triangle must not change.
    ck_portable_product(0, 1, count, count, begin, 1, rows, n, rows, n, 0, square, BLOCK);
    for (int row = 0; row < count; row++)
      for (int column = 0; column <= row; column++)
        block[(size_t)row * n + column] -= square[row * BLOCK + column];
    int failure = factor_block(count, block, n);
    if (failure != 0) return begin + failure;
    float *rest = rows + (size_t)count * n;
    ck_portable_product(0, 1, below, count, begin, -1, rest, n, rows, n, 1, rest + begin, n);
    for (int row = 0; row < count; row++) pivots[row] = block[(size_t)row * n + row];
    transpose_block(count, block, n, square);
    solve_forward(below, count, square, pivots, rest + begin, n);
  }
  return 0;
}
