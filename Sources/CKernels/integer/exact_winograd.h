// Private to CKernels: the common parts of the exact Winograd convolutions (CExactWinograd.h): the tiles of
// a map, the layout of the matrices of a part of the tiles, and the description of the two forms.
//
// A dimension of a map is cut into large tiles of m outputs and small ones of m − 1, so that little is
// computed outside the map: 14 = 4 + 4 + 3 + 3. A small tile has the points of a large one except the one
// with the index `gap`, so both multiply the same transformed weights.
#ifndef EXACT_WINOGRAD_H
#define EXACT_WINOGRAD_H

#include "CExactWinograd.h"
#include "epilogue_block.h"
#include "panel_product.h"

typedef struct {
  int large, small;
} tile_run;

// Returns the tiles of one dimension; the large ones come first.
LOOPS tile_run tiles_of(int extent, int m) {
  tile_run best = {(extent + m - 1) / m, 0};
  for (int small = 1; small < m; small++) {
    int rest = extent - small * (m - 1);
    int large = rest > 0 ? (rest + m - 1) / m : 0;
    int points = large * (m + 2) + small * (m + 1);
    if (points < best.large * (m + 2) + best.small * (m + 1)) best = (tile_run){large, small};
  }
  return best;
}

// Kinds of tiles in the order in which a part holds them. Low tiles lack the row `gap` and narrow ones the
// column `gap`; in this order, the tiles that have a position are always neighbours.
enum { LOW_WIDE, TALL_WIDE, TALL_NARROW, LOW_NARROW, TILE_KINDS };

LOOPS int is_low(int kind) { return kind == LOW_WIDE || kind == LOW_NARROW; }
LOOPS int is_narrow(int kind) { return kind == TALL_NARROW || kind == LOW_NARROW; }

// The tiles of one kind in one image.
typedef struct {
  int count, across;
  int top, left;      // the first output of the first tile
  int height, width;  // the outputs of a tile
} tile_grid;

LOOPS tile_grid grid_of(const ck_codes *map, int m, int kind) {
  tile_run down = tiles_of(map->height, m), across = tiles_of(map->width, m);
  int rows = is_low(kind) ? down.small : down.large;
  int columns = is_narrow(kind) ? across.small : across.large;
  return (tile_grid){rows * columns, columns,
                     is_low(kind) ? down.large * m : 0, is_narrow(kind) ? across.large * m : 0,
                     m - is_low(kind), m - is_narrow(kind)};
}

// The tiles of a part: [first, end) of every kind, numbered through all images.
typedef struct {
  tile_grid grids[TILE_KINDS];
  int first[TILE_KINDS], end[TILE_KINDS];
  int place[TILE_KINDS + 1];  // the place of each kind's first tile among all tiles of the part
} tile_part;

LOOPS tile_part part_of(const ck_codes *map, int m, int images, int index, int parts) {
  tile_part part;
  part.place[0] = 0;
  for (int kind = 0; kind < TILE_KINDS; kind++) {
    part.grids[kind] = grid_of(map, m, kind);
    int64_t all = (int64_t)images * part.grids[kind].count;
    part.first[kind] = (int)(all * index / parts);
    part.end[kind] = (int)(all * (index + 1) / parts);
    part.place[kind + 1] = part.place[kind] + part.end[kind] - part.first[kind];
  }
  return part;
}

// Finds the range of a part's tiles that have position (row, column).
LOOPS void tiles_at(const tile_part *part, int gap, int row, int column, int *first, int *end) {
  int is_row = row == gap, is_column = column == gap;
  *first = part->place[is_row ? TALL_WIDE : LOW_WIDE];
  *end = part->place[is_column ? TALL_NARROW : is_row ? LOW_NARROW : TILE_KINDS];
}

// The image and the first output of a tile.
typedef struct {
  int image, y, x;
} tile_place;

LOOPS tile_place tile_at(const tile_grid *grid, int index) {
  int inside = index % grid->count;
  return (tile_place){index / grid->count, grid->top + inside / grid->across * grid->height,
                      grid->left + inside % grid->across * grid->width};
}

LOOPS int place_of_tile(const tile_part *part, int kind, int index) {
  return part->place[kind] + index - part->first[kind];
}

// Returns the byte at which a tile's codes begin, one pixel above and to the left of its outputs.
LOOPS size_t window_of_tile(const ck_codes *from, const tile_grid *grid, int index) {
  tile_place at = tile_at(grid, index);
  return at.image * codes_image(from) + codes_pixel(from, at.y - 1, at.x - 1);
}

// ---- the memory of a call

// A part of the tiles, and its matrices: inputs (points², tiles, C) words or bytes, and the products of one
// panel, (tiles, points², outputs of the first panel).
typedef struct {
  const ck_exact_winograd *w;
  tile_part part;
  const uint8_t *src;
  uint8_t *inputs;
  size_t input_row, input_matrix;  // bytes
  int32_t *products;
  size_t product_matrix, product_row;  // integers
  block_epilogue epilogue;
} winograd_job;

// Finishes the sums of outputs o to o + 15 in `rows` rows of a tile from row y on, except outside the map.
LOOPS void finish_rows(const winograd_job *job, tile_place at, int y, const int rows,
                       const int width, int o, integer_block *sums) {
  const ck_codes *to = &job->w->to;
  int top = at.y + y;
  if (top + rows <= to->height && at.x + width <= to->width) {
    finish_blocks(&job->epilogue, place_of(to, at.image, top, at.x), o, rows, width, sums);
    return;
  }
  for (int row = 0; row < rows && top + row < to->height; row++)
    for (int x = 0; x < width && at.x + x < to->width; x++)
      finish_blocks(&job->epilogue, place_of(to, at.image, top + row, at.x + x), o, 1, 1,
                    sums + row * width + x);
}

// Sixteen channels of codes or weights.
typedef int16_t word_block __attribute__((ext_vector_type(CODES_BLOCK)));
typedef word_block word_block_unaligned __attribute__((aligned(2)));

LOOPS word_block load_words(const int16_t *p) { return *(const word_block_unaligned *)p; }

// Products of sixteen outputs, modulo 2³².
typedef uint32_t sums __attribute__((ext_vector_type(CODES_BLOCK)));
typedef sums sums_unaligned __attribute__((aligned(4)));

LOOPS sums load_sums(const int32_t *p) { return *(const sums_unaligned *)p; }

enum { MOST_POSITIONS = 36 };

// A form: F(4×4, 3×3) in words or F(2×2, 3×3) in bytes.
typedef struct {
  // The points of a large tile in a row, the index of the one that a small tile lacks, and the bytes of a
  // transformed code.
  int points, gap, entry;
  // The bounds: half sums times the largest code must be below half_sums, codes at most largest_code, and
  // transformed weights at most largest_weight, unless all weights of 8 bits fit.
  int64_t half_sums;
  int largest_code, largest_weight, fits_all_weights;
  panel_multiply (*multiply)(ce_dot);
  // Returns the number that is added to transformed codes at a position, so that none is negative, for
  // codes up to `largest`. Null if codes may be negative.
  int (*offset)(int position, int largest);
  // u ← G g Gᵀ of the nine weights g of sixteen channels.
  void (*transform_weights)(const word_block g[9], word_block u[MOST_POSITIONS]);
  void (*transform_inputs)(const winograd_job *);
  void (*transform_outputs)(const winograd_job *, int first, int end);
} winograd_form;

extern const winograd_form winograd_in_words, winograd_in_bytes;

// ---- the loops of a form, whose file names the outputs of a large tile in a row (LARGE), its points (SIDE)
// and the point that a small tile lacks (GAP)

// The points of a tile of `OUTPUTS` outputs in a row.
#define EACH_POINT(INDEX, OUTPUTS)           \
  for (int INDEX = 0; INDEX < SIDE; INDEX++) \
    if (INDEX != GAP || (OUTPUTS) == LARGE)

// The tiles of a part, kind by kind.
#define EACH_TILE(PART, KIND, TILE)                  \
  for (int KIND = 0; KIND < TILE_KINDS; KIND++)      \
    for (int TILE = (PART)->first[KIND]; TILE < (PART)->end[KIND]; TILE++)

// CALL with the extents of a tile of this kind.
#define WITH_EXTENTS(KIND, CALL, ...)                             \
  switch (KIND) {                                                 \
    case LOW_WIDE: CALL(LARGE - 1, LARGE, __VA_ARGS__); break;    \
    case TALL_WIDE: CALL(LARGE, LARGE, __VA_ARGS__); break;       \
    case TALL_NARROW: CALL(LARGE, LARGE - 1, __VA_ARGS__); break; \
    default: CALL(LARGE - 1, LARGE - 1, __VA_ARGS__);             \
  }

#endif
