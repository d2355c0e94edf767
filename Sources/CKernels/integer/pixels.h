// Private to CKernels: the taps of the first convolution's windows that are inside the image.
#ifndef PIXELS_H
#define PIXELS_H

#include "epilogue.h"

typedef struct {
  int first, end;
} taps;

// Returns the taps of window `index` that are inside the image along an axis.
static inline taps inside(const ck_rgb_geometry *g, int extent, int index) {
  int corner = index * g->stride - g->from.padding;
  int first = corner < 0 ? -corner : 0, left = extent - corner;
  return (taps){first < g->kernel ? first : g->kernel,
                left < 0 ? 0 : left < g->kernel ? left : g->kernel};
}

// Returns 1 if window `index` of an axis has other taps inside the image than the window before it, so that a
// class begins.
static inline int changes_at(const ck_rgb_geometry *g, int extent, int index) {
  if (index == 0) return 0;
  taps before = inside(g, extent, index - 1), at = inside(g, extent, index);
  return at.first != before.first || at.end != before.end;
}

#endif
