// Private to CKernels: the order in which a convolution of codes takes its output pixels, a few at a time.
//
// Windows over an edge have taps on the border, which add nothing. Pixels with the same taps inside the map
// are taken together, so that a tile leaves out the taps that all its windows have outside. That is 18 % of a
// 3×3 convolution of 7×7 maps. The walk goes around the edges and then over the rest.
#ifndef WALK_H
#define WALK_H

#include "epilogue.h"

enum { MOST_PIXELS = 8 };

// Taps [first, end) of a window along an axis.
typedef struct {
  int first, end;
} tap_range;

// Output pixels that are computed at once. From `count` on, the last pixel repeats.
typedef struct {
  const uint8_t *windows[MOST_PIXELS];
  output_place places[MOST_PIXELS];
  int count;
  tap_range rows, columns;
} tile;

// The parts of an axis: windows over the near edge, over no edge, and over the far edge.
typedef struct {
  int start[4];
} walk_axis;

typedef struct {
  const ck_integer_geometry *geometry;
  int images;
  walk_axis vertical, horizontal;
  int part, image, y, x;
  const uint8_t *src;
  // The next pixel, and the number of pixels that are left in this part of this image.
  const uint8_t *window;
  output_place place;
  int left;
  // The steps from a pixel to the next in its row, and from the last pixel of a row of the part to the first
  // one of the next row.
  ptrdiff_t window_step, place_step, window_jump, code_jump, sum_jump;
} walk;

enum { WALK_PARTS = 9, NEAR = 0, INNER = 1, FAR = 2 };
static const uint8_t walk_rows[WALK_PARTS] = {NEAR, NEAR, NEAR, INNER, FAR, FAR, FAR, INNER, INNER};
static const uint8_t walk_columns[WALK_PARTS] = {NEAR,  INNER, FAR,  FAR,  FAR,
                                                 INNER, NEAR,  NEAR, INNER};

static inline int limited(int value, int low, int high) {
  return value < low ? low : value > high ? high : value;
}

static inline walk_axis axis_of(const ck_integer_geometry *g, int extent, int first, int end) {
  int near = (g->padding + g->stride - 1) / g->stride;
  int room = extent - g->kernel + g->padding;
  int far = room < 0 ? 0 : room / g->stride + 1;
  near = limited(near, first, end);
  return (walk_axis){{first, near, limited(far, near, end), end}};
}

static inline tap_range taps_inside(const ck_integer_geometry *g, int extent, int index) {
  int corner = index * g->stride - g->padding, left = extent - corner;
  return (tap_range){corner < 0 ? -corner : 0, left < g->kernel ? left : g->kernel};
}

static inline tap_range joined(tap_range a, tap_range b) {
  return (tap_range){a.first < b.first ? a.first : b.first, a.end > b.end ? a.end : b.end};
}

static inline const int *part_rows(const walk *w) {
  return &w->vertical.start[walk_rows[w->part]];
}

static inline const int *part_columns(const walk *w) {
  return &w->horizontal.start[walk_columns[w->part]];
}

// Finds the addresses of pixel (y, x), the first pixel of the part in this image.
static inline void find_place(walk *w) {
  const ck_integer_geometry *g = w->geometry;
  w->window = w->src + w->image * codes_image(&g->from) +
              codes_pixel(&g->from, w->y * g->stride - g->padding, w->x * g->stride - g->padding);
  w->place = place_of(&g->to, w->image, w->y, w->x);
  w->left = (part_rows(w)[1] - w->y) * (part_columns(w)[1] - w->x);
}

// Goes to the first pixel of the first part that is not empty, from `part` on. w->part becomes WALK_PARTS
// if there is none.
static inline void enter_part(walk *w, int part) {
  const ck_integer_geometry *g = w->geometry;
  w->image = 0;
  for (w->part = part; w->part < WALK_PARTS; w->part++) {
    const int *rows = part_rows(w), *columns = part_columns(w);
    if (rows[0] >= rows[1] || columns[0] >= columns[1]) continue;
    int back = columns[1] - columns[0] - 1;
    w->window_jump = (ptrdiff_t)(g->stride * codes_row(&g->from)) - back * w->window_step;
    w->code_jump = (ptrdiff_t)codes_row(&g->to) - back * w->place_step;
    w->sum_jump = (g->to.width - back) * w->place_step;
    w->y = rows[0];
    w->x = columns[0];
    find_place(w);
    break;
  }
}

static inline walk walk_region(const ck_integer_geometry *g, const ck_region *r,
                               const uint8_t *src) {
  walk w = {.geometry = g,
            .images = r->images,
            .vertical = axis_of(g, g->from.height, r->first_row, r->end_row),
            .horizontal = axis_of(g, g->from.width, 0, g->to.width),
            .src = src,
            .window_step = (ptrdiff_t)g->stride * g->from.channels,
            .place_step = g->to.channels};
  enter_part(&w, r->images > 0 ? 0 : WALK_PARTS);
  return w;
}

// Puts the next `count` pixels into t from `first` on. All are in this image and part. The loop has no
// branches that the processor could mispredict, because short filters would have to wait.
LOOPS void take(walk *w, int first, int count, tile *t) {
  const int start = part_columns(w)[0], end = part_columns(w)[1];
  int x = w->x, y = w->y;
  const uint8_t *window = w->window;
  output_place place = w->place;
  for (int i = first; i < first + count; i++) {
    t->windows[i] = window;
    t->places[i] = place;
    int is_last = x + 1 == end;
    window += is_last ? w->window_jump : w->window_step;
    place.codes += is_last ? w->code_jump : w->place_step;
    place.sums += is_last ? w->sum_jump : w->place_step;
    x = is_last ? start : x + 1;
    y += is_last;
  }
  w->x = x;
  w->y = y;
  w->window = window;
  w->place = place;
  w->left -= count;
}

// Adds the taps of the next `count` pixels to the ranges of t.
static inline void join_taps(const walk *w, int count, tile *t) {
  const ck_integer_geometry *g = w->geometry;
  int x = w->x, y = w->y;
  for (int i = 0; i < count; i++) {
    t->rows = joined(t->rows, taps_inside(g, g->from.height, y));
    t->columns = joined(t->columns, taps_inside(g, g->from.width, x));
    if (++x < part_columns(w)[1]) continue;
    x = part_columns(w)[0];
    y++;
  }
}

static inline void next_image(walk *w) {
  w->y = part_rows(w)[0];
  w->x = part_columns(w)[0];
  if (++w->image < w->images)
    find_place(w);
  else
    enter_part(w, w->part + 1);
}

// Does the work of next_tile at an edge, and for the last pixels of an image.
__attribute__((noinline)) static void next_tile_at_edge(walk *w, int pixels, tile *t) {
  t->rows = t->columns = (tap_range){w->geometry->kernel, 0};
  t->count = 0;
  while (t->count < pixels && w->part < WALK_PARTS) {
    int wanted = pixels - t->count, count = wanted < w->left ? wanted : w->left;
    join_taps(w, count, t);
    take(w, t->count, count, t);
    t->count += count;
    if (w->left == 0) next_image(w);
  }
  for (int i = t->count; i < pixels && i > 0; i++) {
    t->windows[i] = t->windows[i - 1];
    t->places[i] = t->places[i - 1];
  }
}

// Fills t with the next tile of up to `pixels` pixels.
LOOPS void next_tile(walk *w, int pixels, tile *t) {
  if (w->part < WALK_PARTS - 1 || w->left <= pixels) {
    next_tile_at_edge(w, pixels, t);
    return;
  }
  t->rows.first = t->columns.first = 0;
  t->rows.end = t->columns.end = w->geometry->kernel;
  t->count = pixels;
  take(w, 0, pixels, t);
}

#endif
