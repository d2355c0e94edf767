// Exact Winograd F(2×2, 3×3) in bytes (Docs/ExactWinograd.md derives it), for codes and weights of few bits.
//
//   Y = Aᵀ [ (G g Gᵀ) ⊙ (Bᵀ d B) ] A, with d the 4×4 codes and g the 3×3 weights.
//
// The points are 0, 1, −1, ∞, and the rows of G are their powers. The rows of A at 0 and ∞ are doubled, so
// that the result is 2^shift · y. A tile of one output has no point −1. An offset makes every transformed
// code an unsigned byte. The sums start with the negative of the products that the offset adds.
#include "exact_winograd.h"

enum { LARGE = 2, SIDE = 4, GAP = 2 };

static void transform_weights(const word_block g[9], word_block u[MOST_POSITIONS]) {
  word_block half[SIDE][3];
  for (int x = 0; x < 3; x++) {
    word_block even = g[x] + g[6 + x];
    half[0][x] = g[x];
    half[1][x] = even + g[3 + x];
    half[2][x] = even - g[3 + x];
    half[3][x] = g[6 + x];
  }
  for (int i = 0; i < SIDE; i++) {
    word_block even = half[i][0] + half[i][2];
    u[i * SIDE] = half[i][0];
    u[i * SIDE + 1] = even + half[i][1];
    u[i * SIDE + 2] = even - half[i][1];
    u[i * SIDE + 3] = half[i][2];
  }
}

// At the point 1 codes are added; at the other three points one is subtracted from another.
static int offset(int position, int largest) {
  return position == SIDE + 1 ? 0 : 2 * largest;
}

// The transforms, for vectors of LANES channels.
#define DEFINE_INPUT(LANES)                                                                        \
  typedef uint8_t bytes##LANES __attribute__((ext_vector_type(LANES), aligned(1)));                \
  LOOPS void rows_of_four##LANES(const bytes##LANES d[SIDE], bytes##LANES t[SIDE]) {               \
    t[0] = d[0] - d[2];                                                                            \
    t[1] = d[1] + d[2];                                                                            \
    t[2] = d[2] - d[1];                                                                            \
    t[3] = d[3] - d[1];                                                                            \
  }                                                                                                \
  LOOPS void rows_of_three##LANES(const bytes##LANES d[SIDE], bytes##LANES t[SIDE]) {              \
    t[0] = d[0] - d[1];                                                                            \
    t[1] = d[1];                                                                                   \
    t[3] = d[2] - d[1];                                                                            \
  }                                                                                                \
  LOOPS void transform_input##LANES(const int height, const int width, const uint8_t *pixels,      \
                                    size_t row, size_t channels, uint8_t offset, uint8_t *inputs,  \
                                    size_t matrix) {                                               \
    bytes##LANES half[SIDE][SIDE]; /* Bᵀ d */                                                      \
    for (int x = 0; x < width + 2; x++) {                                                          \
      bytes##LANES d[SIDE], t[SIDE];                                                               \
      for (int y = 0; y < height + 2; y++)                                                         \
        d[y] = *(const bytes##LANES *)(pixels + y * row + x * channels);                           \
      height == LARGE ? rows_of_four##LANES(d, t) : rows_of_three##LANES(d, t);                    \
      EACH_POINT(y, height) half[y][x] = t[y];                                                     \
    }                                                                                              \
    EACH_POINT(y, height) {                                                                        \
      bytes##LANES t[SIDE];                                                                        \
      width == LARGE ? rows_of_four##LANES(half[y], t) : rows_of_three##LANES(half[y], t);         \
      EACH_POINT(x, width)                                                                         \
        *(bytes##LANES *)(inputs + (y * SIDE + x) * matrix) =                                      \
            y == 1 && x == 1 ? t[x] : t[x] + offset;                                               \
    }                                                                                              \
  }

DEFINE_INPUT(16)
DEFINE_INPUT(64)

// One column (or row) of Aᵀ m: twice the two outputs of four points, or the output of three points.
LOOPS void outputs_of_four(const sums m[SIDE], sums t[LARGE]) {
  t[0] = (m[0] << 1) + m[1] + m[2];
  t[1] = (m[3] << 1) + m[1] - m[2];
}

LOOPS void outputs_of_three(const sums m[SIDE], sums t[LARGE]) { t[0] = m[0] + m[1] + m[3]; }

// Finishes outputs o to o + 15 of one tile.
LOOPS void transform_output(const int height, const int width, const int32_t *products,
                            const winograd_job *job, tile_place at, int o) {
  sums half[LARGE][SIDE];  // Aᵀ m
  EACH_POINT(x, width) {
    sums m[SIDE], t[LARGE];
    EACH_POINT(y, height) m[y] = load_sums(products + (y * SIDE + x) * job->product_matrix);
    height == LARGE ? outputs_of_four(m, t) : outputs_of_three(m, t);
    for (int y = 0; y < height; y++) half[y][x] = t[y];
  }
  int shift = (height == LARGE) + (width == LARGE);
  integer_block y[LARGE * LARGE];
  for (int row = 0; row < height; row++) {
    sums t[LARGE];
    width == LARGE ? outputs_of_four(half[row], t) : outputs_of_three(half[row], t);
    for (int x = 0; x < width; x++) y[row * width + x] = (integer_block)t[x] >> shift;
  }
  finish_rows(job, at, 0, height, width, o, y);
}

MULTIVERSION(static, void, transform_inputs, (const winograd_job *job), (job)) {
  const ck_codes *from = &job->w->from;
  const tile_part *part = &job->part;
  size_t row = codes_row(from), channels = from->channels, matrix = job->input_matrix;
  uint8_t shift = (uint8_t)offset(0, job->w->largest_code);
  EACH_TILE(part, kind, tile) {
    const uint8_t *pixels = job->src + window_of_tile(from, &part->grids[kind], tile);
    uint8_t *inputs = job->inputs + place_of_tile(part, kind, tile) * job->input_row;
    size_t c = 0;
    for (; c + 64 <= channels; c += 64)
      WITH_EXTENTS(kind, transform_input64, pixels + c, row, channels, shift, inputs + c, matrix)
    for (; c < channels; c += 16)
      WITH_EXTENTS(kind, transform_input16, pixels + c, row, channels, shift, inputs + c, matrix)
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

const winograd_form winograd_in_bytes = {.points = SIDE,
                                         .gap = GAP,
                                         .entry = 1,
                                         .half_sums = 1 << 29,
                                         .largest_code = 63,
                                         .largest_weight = 127,
                                         .multiply = bytes_multiply,
                                         .offset = offset,
                                         .transform_weights = transform_weights,
                                         .transform_inputs = transform_inputs,
                                         .transform_outputs = transform_outputs};
