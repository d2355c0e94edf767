// The first convolution, on planes of pixels: panels of weights, and the walk over a region.
#include "rgb.h"

#include <string.h>

#include "pixels.h"

enum { LARGEST_PIXEL = 255, PACKED_AT_ONCE = 16, LONGEST_FILTER = RGB_PLANES * RGB_KERNEL * 8 };

// Returns the number of taps of a filter whose rows are filled up to groups of four.
static int padded_length(const ck_rgb_geometry *g) {
  return g->from.channels * g->kernel * rgb_groups(g) * 4;
}

static int plain_length(const ck_rgb_geometry *g) {
  return g->from.channels * g->kernel * g->kernel;
}

// padded ← `count` filters (C, K, K) with rows filled up with zeros.
static void fill_up(const ck_rgb_geometry *g, int count, const int16_t *weights,
                    int16_t *padded) {
  int row = rgb_groups(g) * 4;
  memset(padded, 0, (size_t)count * padded_length(g) * sizeof *padded);
  for (int i = 0; i < count * g->from.channels * g->kernel; i++)
    memcpy(padded + i * row, weights + i * g->kernel, g->kernel * sizeof *padded);
}

static int has_kernels(const ck_rgb_geometry *g) {
  int colours = rgb_colours(g);
  return g->kernel <= RGB_KERNEL && g->from.channels <= RGB_PLANES &&
         (colours == 1 || colours == RGB_COLOURS);
}

ck_rgb ck_rgb_plan(const ck_rgb_geometry *g, const int16_t *weights, ce_dot dot) {
  ck_rgb rgb = {*g, dot, FORM_PLAIN};
  if (!has_kernels(g) || dot == CE_DOT_PORTABLE) return rgb;
  int16_t padded[PACKED_AT_ONCE * LONGEST_FILTER];
  for (int o = 0; o < g->to.channels; o += PACKED_AT_ONCE) {
    fill_up(g, PACKED_AT_ONCE, weights + (size_t)o * plain_length(g), padded);
    // A later form can hold all weights that an earlier one can.
    int form = form_for(dot, PACKED_AT_ONCE, padded_length(g), LARGEST_PIXEL, padded);
    if (form > rgb.form) rgb.form = form;
  }
  return rgb;
}

size_t ck_rgb_panel_bytes(const ck_rgb *s) {
  int outputs = s->geometry.to.channels;
  int length = s->form == FORM_PLAIN ? plain_length(&s->geometry) : padded_length(&s->geometry);
  return form_header(s->form, outputs) + outputs * form_output_bytes(s->form, length);
}

void ck_rgb_pack(const ck_rgb *s, const int16_t *weights, void *panels) {
  const ck_rgb_geometry *g = &s->geometry;
  if (s->form == FORM_PLAIN) {
    memcpy(panels, weights, ck_rgb_panel_bytes(s));
    return;
  }
  int length = padded_length(g);
  int32_t *shifts = s->form == FORM_S8_SUMS ? panels : 0;
  uint8_t *packed = (uint8_t *)panels + form_header(s->form, g->to.channels);
  for (int o = 0; o < g->to.channels;) {
    int16_t padded[64 * LONGEST_FILTER];
    int block = block_width(s->dot, g->to.channels, o);
    fill_up(g, block, weights + (size_t)o * plain_length(g), padded);
    form_pack_block(s->form, s->dot, block, length, padded, shifts ? shifts + o : 0, packed);
    packed += block * form_output_bytes(s->form, length);
    o += block;
  }
}

// ---- the walk

// Adds up the pixels of one row of a window, four or eight bytes, in four lanes of 16 bits.
static inline uint64_t row_lanes(const uint8_t *p, int groups) {
  const uint64_t even = 0x00ff00ff00ff00ff;
  uint64_t pixels;
  memcpy(&pixels, p, sizeof pixels);
  if (groups == 1) pixels &= UINT32_MAX;
  return (pixels & even) + (pixels >> 8 & even);
}

static void find_window_sums(const rgb_job *job, int pixels, rgb_tile *t) {
  const ck_rgb_geometry *g = job->geometry;
  int groups = rgb_groups(g);
  memset(t->window_sums, 0, sizeof t->window_sums);
  for (int plane = 0; plane < g->from.channels; plane++)
    for (int p = 0; p < pixels; p++) {
      const uint8_t *window = t->windows[p] + plane * job->plane;
      uint64_t lanes = 0;
      for (int ky = 0; ky < g->kernel; ky++) lanes += row_lanes(window + ky * job->row, groups);
      t->window_sums[g->apart ? plane : 0][p] += (int32_t)(lanes * 0x0001000100010001 >> 48);
    }
}

static rgb_choice choose_rgb(const ck_rgb *s, int width) {
#if defined(__x86_64__)
  int colours = rgb_colours(&s->geometry);
  if (s->dot >= CE_DOT_AVX512) return rgb_avx512(s->dot, s->form, colours, width);
  return rgb_avx2(s->dot, s->form, colours);
#else
  (void)s, (void)width;
  return (rgb_choice){0, 0};
#endif
}

// A row of output pixels. The columns from `near` to `far` have all their taps inside the image, and so one
// class.
typedef struct {
  const uint8_t *window;
  output_place place;
  int width, class, near, far;
} rgb_row;

static rgb_row row_of(const rgb_job *job, const uint8_t *src, int image, int y) {
  const ck_rgb_geometry *g = job->geometry;
  const uint8_t *window =
      src + image * ck_pixels_bytes(&g->from) + (size_t)y * g->stride * job->row;
  int near = (g->from.padding + g->stride - 1) / g->stride;
  int room = g->from.width + g->from.padding - g->kernel;
  int far = room < 0 ? 0 : room / g->stride + 1;
  return (rgb_row){window,      place_of(&g->to, image, y, 0), g->to.width,
                    ck_rgb_class(g, y, 0), near,               far > near ? far : near};
}

// Fills a tile with `pixels` pixels from column x on; pixels after the row repeat its last pixel. `class`
// holds the class of column x − 1, or of column 0 at first, and then that of the tile's last pixel.
static void fill_tile(const rgb_job *job, const rgb_row *row, int x, int pixels, int *class,
                      rgb_tile *t) {
  const ck_rgb_geometry *g = job->geometry;
  t->count = row->width - x < pixels ? row->width - x : pixels;
  for (int p = 0; p < pixels; p++) {
    int column = x + p < row->width ? x + p : row->width - 1;
    int is_edge = column <= row->near || column >= row->far;
    if (is_edge && p < t->count) *class += changes_at(g, g->from.width, column);
    t->classes[p] = *class;
    t->windows[p] = row->window + (size_t)column * g->stride;
    t->places[p].codes = row->place.codes + (size_t)column * g->to.channels;
    t->places[p].sums = row->place.sums + (size_t)column * g->to.channels;
  }
}

static void convolve_row(const rgb_job *job, rgb_choice choice, const rgb_row *row) {
  int class = row->class;
  for (int x = 0; x < row->width; x += choice.pixels) {
    rgb_tile t;
    fill_tile(job, row, x, choice.pixels, &class, &t);
    if (job->shifts) find_window_sums(job, choice.pixels, &t);
    choice.kernel(&t, job);
  }
}

// Returns FINISH_CODES if its conditions hold, otherwise FINISH_ANY.
static finish_case case_of(const ck_rgb_geometry *g, const ck_requantization *q,
                           const ck_output *output) {
  int is_plain = output->codes && q->bias && !q->integer_bias && !q->residual_codes &&
                 !q->residual_sums && q->low == 0 && q->zero_point == 0;
  if (!is_plain) return FINISH_ANY;
  int multipliers = rgb_colours(g) * g->to.channels;
  int biases = ck_rgb_classes(g) * g->to.channels;
  for (int i = 0; i < multipliers; i++)
    is_plain &= q->multipliers[i] > -0.0625f && q->multipliers[i] < 0.0625f;
  for (int i = 0; i < biases; i++)
    is_plain &= q->bias[i] > -536870912.0f && q->bias[i] < 536870912.0f;
  return is_plain ? FINISH_CODES : FINISH_ANY;
}

void ck_rgb_convolve(const ck_rgb *s, ck_region r, const uint8_t *src, const void *panels,
                      const ck_requantization *q, ck_output output) {
  const ck_rgb_geometry *g = &s->geometry;
  if (s->form == FORM_PLAIN) {
    ck_reference_rgb(g, r, src, panels, q, output);
    return;
  }
  const uint8_t *blocks = (const uint8_t *)panels + form_header(s->form, g->to.channels);
  size_t output_bytes = form_output_bytes(s->form, padded_length(g));
  size_t plane = ck_pixels_bytes(&g->from) / g->from.channels;
  rgb_job job = {g, ck_pixels_row(&g->from), plane, 0, 0, 0, FINISH_ANY, q, &output};
  job.shifts = s->form == FORM_S8_SUMS ? panels : 0;
  job.known = case_of(g, q, &output);
  for (job.channel = r.first_channel; job.channel < r.end_channel;) {
    int width = block_width(s->dot, g->to.channels, job.channel);
    job.panel = blocks + job.channel * output_bytes;
    rgb_choice choice = choose_rgb(s, width);
    for (int image = 0; image < r.images; image++)
      for (int y = r.first_row; y < r.end_row; y++) {
        rgb_row row = row_of(&job, src, image, y);
        convolve_row(&job, choice, &row);
      }
    job.channel += width;
  }
}
