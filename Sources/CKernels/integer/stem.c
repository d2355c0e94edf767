// The first convolution, on planes of pixels: panels of weights, and the choice of a kernel.
#include <string.h>

#include "epilogue.h"

enum { FORM_PLAIN };

ck_stem ck_stem_plan(const ck_stem_geometry *g, const int16_t *weights, ce_dot dot) {
  (void)weights, (void)dot;
  return (ck_stem){*g, CE_DOT_PORTABLE, FORM_PLAIN};
}

size_t ck_stem_panel_bytes(const ck_stem *s) {
  const ck_stem_geometry *g = &s->geometry;
  return (size_t)g->to.channels * g->from.channels * g->kernel * g->kernel * sizeof(int16_t);
}

void ck_stem_pack(const ck_stem *s, const int16_t *weights, void *panels) {
  memcpy(panels, weights, ck_stem_panel_bytes(s));
}

void ck_stem_convolve(const ck_stem *s, ck_region region, const uint8_t *src, const void *panels,
                      const ck_requantization *q, ck_output output) {
  ck_reference_stem(&s->geometry, region, src, panels, q, output);
}
