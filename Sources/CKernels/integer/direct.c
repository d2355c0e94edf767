// Convolutions of codes: the choice of panels and kernels, and the walk over a region.
#include "tile.h"

static int filter_length(const ck_integer_geometry *g) {
  return g->kernel * g->kernel * g->from.channels;
}

ck_integer_convolution ck_integer_plan(const ck_integer_geometry *g, int largest_code,
                                       const int16_t *weights, ce_dot dot) {
  form form = form_for(dot, g->to.channels, filter_length(g), largest_code, weights);
  return (ck_integer_convolution){*g, dot, form};
}

const char *ck_integer_form_name(const ck_integer_convolution *c) { return form_name(c->form); }

size_t ck_integer_panel_bytes(const ck_integer_convolution *c) {
  int outputs = c->geometry.to.channels;
  return form_header(c->form, outputs) +
         outputs * form_output_bytes(c->form, filter_length(&c->geometry));
}

void ck_integer_pack(const ck_integer_convolution *c, int first, int end, const int16_t *weights,
                     void *panels) {
  form_pack(c->form, c->dot, c->geometry.to.channels, filter_length(&c->geometry), first, end,
            weights, panels);
}

// Short filters take fewer pixels per tile. The processor then rounds the sums of one tile while it multiplies
// for the next one.
enum { SHORT_FILTER = 256, FEW_PIXELS = 3 };

// Returns the kernel for a block of `width` outputs if `pixels` pixels are left.
static tile_choice choose_tile(const ck_integer_convolution *c, int width, int pixels) {
  int is_short = width == 64 && filter_length(&c->geometry) <= SHORT_FILTER;
  if (is_short && pixels > FEW_PIXELS) pixels = FEW_PIXELS;
#if defined(__x86_64__)
  if (c->dot >= CE_DOT_AVX512) return tile_avx512(c->dot, c->form, width, pixels);
  return tile_avx2(c->dot, c->form, pixels);
#else
  (void)pixels;
  return (tile_choice){0, 0};
#endif
}

// Computes one block of outputs of a region.
static void convolve_block(const ck_integer_convolution *c, const ck_region *r, int width,
                           const uint8_t *src, const tile_job *job) {
  int left = r->images * (r->end_row - r->first_row) * c->geometry.to.width;
  walk w = walk_region(&c->geometry, r, src);
  while (left > 0) {
    tile_choice choice = choose_tile(c, width, left);
    int tiles = left / choice.pixels > 0 ? left / choice.pixels : 1;
    choice.kernel(&w, tiles, job);
    left -= tiles * choice.pixels;
  }
}

void ck_integer_convolve(const ck_integer_convolution *c, ck_region r, const uint8_t *src,
                         const void *panels, const ck_requantization *q, ck_output output) {
  const ck_integer_geometry *g = &c->geometry;
  if (c->form == FORM_PLAIN) {
    ck_reference_integer_convolve(g, r, src, panels, q, output);
    return;
  }
  const uint8_t *blocks = (const uint8_t *)panels + form_header(c->form, g->to.channels);
  size_t output_bytes = form_output_bytes(c->form, filter_length(g));
  const int32_t *shifts = c->form == FORM_S8_SUMS ? panels : 0;
  finish_case known = finish_case_of(q, &output, r.first_channel, r.end_channel);
  for (int channel = r.first_channel; channel < r.end_channel;) {
    int width = block_width(c->dot, g->to.channels, channel);
    tile_job job = {g, blocks + channel * output_bytes, shifts, channel, known, q, &output};
    convolve_block(c, &r, width, src, &job);
    channel += width;
  }
}
