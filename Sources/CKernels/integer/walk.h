// Private to CKernels: the order in which a convolution of codes takes its output pixels, a few at a time.
//
// Windows over an edge have taps on the border, which add nothing. Pixels with the same taps inside the map
// are taken together, so that a tile leaves out what all its windows have outside: 18 % of a 3×3 convolution
// of 7×7 maps. The walk goes around the edges and then over the rest.
#ifndef WALK_H
#define WALK_H

#include "epilogue.h"

enum { MOST_PIXELS = 12 };

// Taps [first, end) of an axis of a window.
typedef struct {
  int first, end;
} tap_range;

// Output pixels that are computed at once. Behind `count`, the last one repeats.
typedef struct {
  const uint8_t *windows[MOST_PIXELS];
  output_place places[MOST_PIXELS];
  int count;
  tap_range rows, columns;
} tile;

// The parts of an axis: windows over the near edge, over none, and over the far one.
typedef struct {
  int start[4];
} walk_axis;

typedef struct {
  const ck_integer_geometry *geometry;
  const ck_region *region;
  const uint8_t *src;
  walk_axis vertical, horizontal;
  int part, image, y, x;
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

// Goes to the first pixel of the next part that has pixels; part becomes WALK_PARTS behind the last.
static inline void enter_part(walk *w, int part) {
  for (; part < WALK_PARTS; part++) {
    const int *rows = &w->vertical.start[walk_rows[part]];
    const int *columns = &w->horizontal.start[walk_columns[part]];
    if (rows[0] >= rows[1] || columns[0] >= columns[1]) continue;
    w->y = rows[0];
    w->x = columns[0];
    break;
  }
  w->part = part;
  w->image = 0;
}

static inline walk walk_region(const ck_integer_geometry *g, const ck_region *r,
                               const uint8_t *src) {
  walk w = {g, r, src, axis_of(g, g->from.height, r->first_row, r->end_row),
            axis_of(g, g->from.width, 0, g->to.width), 0, 0, 0, 0};
  enter_part(&w, r->images > 0 ? 0 : WALK_PARTS);
  return w;
}

static inline void step(walk *w) {
  const int *rows = &w->vertical.start[walk_rows[w->part]];
  const int *columns = &w->horizontal.start[walk_columns[w->part]];
  if (++w->x < columns[1]) return;
  w->x = columns[0];
  if (++w->y < rows[1]) return;
  w->y = rows[0];
  if (++w->image < w->region->images) return;
  enter_part(w, w->part + 1);
}

// The next tile of up to `pixels` pixels; count is 0 behind the last.
static inline void next_tile(walk *w, int pixels, tile *t) {
  const ck_integer_geometry *g = w->geometry;
  t->rows = t->columns = (tap_range){g->kernel, 0};
  t->count = 0;
  for (int i = 0; i < pixels; i++) {
    if (w->part == WALK_PARTS) {
      if (i == 0) return;
      t->windows[i] = t->windows[i - 1];
      t->places[i] = t->places[i - 1];
      continue;
    }
    t->windows[i] =
        w->src + w->image * codes_image(&g->from) +
        codes_pixel(&g->from, w->y * g->stride - g->padding, w->x * g->stride - g->padding);
    t->places[i] = place_of(&g->to, w->image, w->y, w->x);
    t->rows = joined(t->rows, taps_inside(g, g->from.height, w->y));
    t->columns = joined(t->columns, taps_inside(g, g->from.width, w->x));
    t->count++;
    step(w);
  }
}

#endif
