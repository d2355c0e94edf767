// Planes of pixels with a border, and the classes of windows.
#include <string.h>

#include "pixels.h"

// Kernels read up to eight bytes from the first tap of the last window, four at once.
enum { PIXELS_SLACK = 8 };

size_t ck_pixels_row(const ck_pixels *p) {
  return (size_t)(p->width + 2 * p->padding + PIXELS_SLACK + 15) / 16 * 16;
}

size_t ck_pixels_bytes(const ck_pixels *p) {
  return (size_t)p->channels * (p->height + 2 * p->padding) * ck_pixels_row(p);
}

void ck_pixels_pad(const ck_pixels *p, const uint8_t *tables, int border, const uint8_t *src,
                   uint8_t *dst) {
  size_t row = ck_pixels_row(p);
  for (int channel = 0; channel < p->channels; channel++) {
    memset(dst, border, p->padding * row);
    dst += p->padding * row;
    for (int y = 0; y < p->height; y++, src += p->width, dst += row) {
      memset(dst, border, p->padding);
      uint8_t *pixels = dst + p->padding;
      if (tables)
        for (int x = 0; x < p->width; x++) pixels[x] = tables[channel * 256 + src[x]];
      else
        memcpy(pixels, src, p->width);
      memset(pixels + p->width, border, row - p->padding - p->width);
    }
    memset(dst, border, p->padding * row);
    dst += p->padding * row;
  }
}

// Returns how often the taps inside the image change along an axis up to `index`. Both ends of the range of
// taps only decrease, so equal taps are neighbours.
static int changes(const ck_rgb_geometry *g, int extent, int index) {
  int count = 0;
  for (int i = 1; i <= index; i++) count += changes_at(g, extent, i);
  return count;
}

static int column_classes(const ck_rgb_geometry *g) {
  return changes(g, g->from.width, g->to.width - 1) + 1;
}

int ck_rgb_classes(const ck_rgb_geometry *g) {
  return (changes(g, g->from.height, g->to.height - 1) + 1) * column_classes(g);
}

int ck_rgb_class(const ck_rgb_geometry *g, int y, int x) {
  return changes(g, g->from.height, y) * column_classes(g) + changes(g, g->from.width, x);
}

// Returns the sum of one filter (K, K) over taps.
static int sum_inside(int kernel, taps rows, taps columns, const int16_t *filter) {
  int sum = 0;
  for (int ky = rows.first; ky < rows.end; ky++)
    for (int kx = columns.first; kx < columns.end; kx++) sum += filter[ky * kernel + kx];
  return sum;
}

void ck_rgb_bias(const ck_rgb_geometry *g, const int16_t *weights, const double *offsets,
                  const double *scales, const double *bias, float *table) {
  int channels = g->from.channels, taps_of_filter = g->kernel * g->kernel, last = -1;
  for (int y = 0; y < g->to.height; y++)
    for (int x = 0; x < g->to.width; x++) {
      int class = ck_rgb_class(g, y, x);
      if (class <= last) continue;
      last = class;
      taps rows = inside(g, g->from.height, y), columns = inside(g, g->from.width, x);
      for (int o = 0; o < g->to.channels; o++) {
        double left_out = 0;
        for (int c = 0; c < channels; c++)
          left_out += offsets[c] *
                      sum_inside(g->kernel, rows, columns,
                                 weights + ((size_t)o * channels + c) * taps_of_filter);
        table[(size_t)class * g->to.channels + o] = (float)(bias[o] - scales[o] * left_out);
      }
    }
}
