// Exact Winograd F(4×4, 3×3) in words, with sums modulo 2³² (Docs/ExactWinograd.md derives it).
//
//   Y = Aᵀ [ (G g Gᵀ) ⊙ (Bᵀ d B) ] A, with d the 6×6 codes and g the 3×3 weights.
//
// The points are 0, 1, −1, 2, −2, ∞. The rows of G are their powers times 6, 2, 2, 1, 1, 6, and A is scaled
// so that everything is an integer and the result is 9 · 2^shift · y. A tile of three outputs has no point
// −2.
#include "exact_winograd.h"

enum { LARGE = 4, SIDE = 6, GAP = 4 };

static void transform_weights(const word_block g[9], word_block u[MOST_POSITIONS]) {
  static const int16_t G[SIDE][3] = {{6, 0, 0},  {2, 2, 2},  {2, -2, 2},
                                     {1, 2, 4},  {1, -2, 4}, {0, 0, 6}};
  word_block half[SIDE][3];
  for (int i = 0; i < SIDE; i++)
    for (int x = 0; x < 3; x++)
      half[i][x] = G[i][0] * g[x] + G[i][1] * g[3 + x] + G[i][2] * g[6 + x];
  for (int i = 0; i < SIDE; i++)
    for (int j = 0; j < SIDE; j++)
      u[i * SIDE + j] = half[i][0] * G[j][0] + half[i][1] * G[j][1] + half[i][2] * G[j][2];
}

LOOPS word_block load_codes(const uint8_t *p) {
  return __builtin_convertvector(*(const code_block_unaligned *)p, word_block);
}

// One column (or row) of Bᵀ d, of six codes, or of five for a small tile, which has no point −2.
LOOPS void transform_six(const word_block d[SIDE], word_block t[SIDE]) {
  word_block a = d[4] - (d[2] << 2), b = d[3] - (d[1] << 2);
  word_block c = d[4] - d[2], e = (d[3] - d[1]) << 1;
  t[0] = ((d[0] - d[2]) << 2) + c;
  t[1] = a + b;
  t[2] = a - b;
  t[3] = c + e;
  t[4] = c - e;
  t[5] = (d[5] - d[3]) - (e << 1);
}

LOOPS void transform_five(const word_block d[SIDE], word_block t[SIDE]) {
  word_block e = d[3] - d[1], f = (d[0] - d[2]) << 1, g = d[3] - d[2];
  word_block h = d[1] << 1;
  t[0] = f + e;
  t[1] = g - h;
  t[2] = g + h - (d[2] << 1);
  t[3] = e;
  t[5] = (d[4] - d[2]) - (e << 1);
}

LOOPS void transform_input(const int height, const int width, const uint8_t *pixels, size_t row,
                           size_t channels, int16_t *inputs, size_t matrix) {
  word_block half[SIDE][SIDE];  // Bᵀ d
  for (int x = 0; x < width + 2; x++) {
    word_block d[SIDE], t[SIDE];
    for (int y = 0; y < height + 2; y++) d[y] = load_codes(pixels + y * row + x * channels);
    height == LARGE ? transform_six(d, t) : transform_five(d, t);
    EACH_POINT(y, height) half[y][x] = t[y];
  }
  EACH_POINT(y, height) {
    word_block t[SIDE];
    width == LARGE ? transform_six(half[y], t) : transform_five(half[y], t);
    EACH_POINT(x, width) *(word_block_unaligned *)(inputs + (y * SIDE + x) * matrix) = t[x];
  }
}

// One column (or row) of Aᵀ m: 3 · 2^exponent times the outputs of a tile of four, or of three.
LOOPS void outputs_of_six(const sums m[SIDE], sums t[LARGE]) {
  sums a = m[1] + m[2], b = m[1] - m[2], c = m[3] + m[4], f = m[3] - m[4];
  t[0] = m[0] + c - (a << 1);
  t[1] = f - b;
  t[2] = (c << 1) - a;
  t[3] = (((f << 1) + m[5]) << 1) - b;
}

LOOPS void outputs_of_five(const sums m[SIDE], sums t[LARGE]) {
  sums a = (m[1] << 1) + m[1], b = a + m[2], c = a - m[2];
  t[0] = m[0] + (m[3] << 1) - b;
  t[1] = (m[3] << 2) - c;
  t[2] = (((m[3] << 2) + m[5]) << 1) - b;
}

// Returns the exponent for which output `index` of a tile of `outputs` is 3 · 2^exponent times its value.
LOOPS int exponent(int outputs, int index) { return outputs == LARGE && index == 0 ? 3 : 2; }

// Returns y for result = 9 · 2^shift · y modulo 2³². 954,437,177 is the inverse of 9 modulo 2³².
LOOPS integer_block exact(sums result, int shift) {
  return (integer_block)(result * 954437177u) >> shift;
}

// Finishes outputs o to o + 15 of one tile.
LOOPS void transform_output(const int height, const int width, const int32_t *products,
                            const winograd_job *job, tile_place at, int o) {
  sums half[LARGE][SIDE];  // Aᵀ m
  EACH_POINT(x, width) {
    sums m[SIDE], t[LARGE];
    EACH_POINT(y, height) m[y] = load_sums(products + (y * SIDE + x) * job->product_matrix);
    height == LARGE ? outputs_of_six(m, t) : outputs_of_five(m, t);
    for (int y = 0; y < height; y++) half[y][x] = t[y];
  }
  UNROLLED for (int y = 0; y < height; y++) {
    sums t[LARGE];
    integer_block row[LARGE];
    width == LARGE ? outputs_of_six(half[y], t) : outputs_of_five(half[y], t);
    for (int x = 0; x < width; x++)
      row[x] = exact(t[x], exponent(height, y) + exponent(width, x));
    finish_rows(job, at, y, 1, width, o, row);
  }
}

MULTIVERSION(static, void, transform_inputs, (const winograd_job *job), (job)) {
  const ck_codes *from = &job->w->from;
  const tile_part *part = &job->part;
  size_t row = codes_row(from), channels = from->channels;
  size_t matrix = job->input_matrix / sizeof(int16_t);
  EACH_TILE(part, kind, tile) {
    const uint8_t *pixels = job->src + window_of_tile(from, &part->grids[kind], tile);
    int16_t *inputs = (int16_t *)(job->inputs + place_of_tile(part, kind, tile) * job->input_row);
    for (size_t c = 0; c < channels; c += CODES_BLOCK)
      WITH_EXTENTS(kind, transform_input, pixels + c, row, channels, inputs + c, matrix)
  }
}

MULTIVERSION(static, void, transform_outputs, (const winograd_job *job, int first, int end),
             (job, first, end)) {
  const tile_part *part = &job->part;
  EACH_TILE(part, kind, tile) {
    const int32_t *products = job->products + place_of_tile(part, kind, tile) * job->product_row;
    tile_place at = tile_at(&part->grids[kind], tile);
    for (int o = first; o < end; o += CODES_BLOCK)
      WITH_EXTENTS(kind, transform_output, products + o - first, job, at, o)
  }
}

const winograd_form winograd_in_words = {.points = SIDE,
                                         .gap = GAP,
                                         .entry = sizeof(int16_t),
                                         .half_sums = 1 << 25,
                                         .largest_code = 255,
                                         .largest_weight = 32767,
                                         .fits_all_weights = 49 * 255 <= 32767,
                                         .multiply = words_multiply,
                                         .transform_weights = transform_weights,
                                         .transform_inputs = transform_inputs,
                                         .transform_outputs = transform_outputs};
