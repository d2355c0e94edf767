// Convolutions of codes: panels of weights, and the choice of a kernel.
#include <string.h>

#include "epilogue.h"

// How panels hold the weights.
enum { FORM_PLAIN };

ck_integer_convolution ck_integer_plan(const ck_integer_geometry *g, int largest_code,
                                       const int16_t *weights, ce_dot dot) {
  (void)largest_code, (void)weights, (void)dot;
  return (ck_integer_convolution){*g, CE_DOT_PORTABLE, FORM_PLAIN};
}

const char *ck_integer_form_name(const ck_integer_convolution *c) {
  (void)c;
  return "s16";
}

static size_t filter_size(const ck_integer_geometry *g) {
  return (size_t)g->kernel * g->kernel * g->from.channels;
}

size_t ck_integer_panel_bytes(const ck_integer_convolution *c) {
  return filter_size(&c->geometry) * c->geometry.to.channels * sizeof(int16_t);
}

void ck_integer_pack(const ck_integer_convolution *c, int first, int end, const int16_t *weights,
                     void *panels) {
  size_t size = filter_size(&c->geometry);
  memcpy((int16_t *)panels + first * size, weights + first * size,
         (end - first) * size * sizeof(int16_t));
}

void ck_integer_convolve(const ck_integer_convolution *c, ck_region region, const uint8_t *src,
                         const void *panels, const ck_requantization *q, ck_output output) {
  ck_reference_integer_convolve(&c->geometry, region, src, panels, q, output);
}
