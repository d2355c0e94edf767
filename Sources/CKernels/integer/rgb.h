// Private to CKernels: the micro-kernel of the first convolution. It takes pixels of one row and a block of
// outputs; each colour may have its own sums.
#ifndef RGB_H
#define RGB_H

#include "finish.h"
#include "forms.h"

enum { RGB_COLOURS = 3, RGB_PIXELS = 8, RGB_KERNEL = 8, RGB_PLANES = 4 };

// Output pixels of one row: their windows in the first plane, places and classes. If panels have shifts,
// window_sums[colour][pixel] is the sum of the pixels by which the shift is multiplied. From `count` on,
// the last pixel repeats.
typedef struct {
  const uint8_t *windows[RGB_PIXELS];
  output_place places[RGB_PIXELS];
  int classes[RGB_PIXELS];
  int32_t window_sums[RGB_COLOURS][RGB_PIXELS];
  int count;
} rgb_tile;

typedef struct {
  const ck_rgb_geometry *geometry;
  // The bytes from a row and from a plane of pixels to the next.
  size_t row, plane;
  const uint8_t *panel;
  const int32_t *shifts;
  int channel;
  finish_case known;
  const ck_requantization *requantization;
  const ck_output *output;
} rgb_job;

typedef void rgb_kernel(const rgb_tile *t, const rgb_job *job);

// Returns the number of groups of four taps in a row; the last group is filled up with weights of 0.
static inline int rgb_groups(const ck_rgb_geometry *g) { return (g->kernel + 3) / 4; }

// Returns the number of sums that a kernel keeps for an output.
static inline int rgb_colours(const ck_rgb_geometry *g) {
  return g->apart ? g->from.channels : 1;
}

// Adds the products of one row of windows, `start` bytes from their corners, in GROUPS groups, to
// sums[pixel][v].
#define ADD_RGB_ROW(FORM, GROUPS, PIXELS, VECTORS, sums, t, start, weights)                        \
  UNROLLED for (int k = 0; k < GROUPS; k++, weights += VECTORS * FORM##_BYTES) {                   \
    FORM##_weights w[VECTORS];                                                                     \
    UNROLLED for (int v = 0; v < VECTORS; v++) w[v] =                                              \
        FORM##_load_weights(weights + v * FORM##_BYTES);                                           \
    UNROLLED for (int p = 0; p < PIXELS; p++) {                                                    \
      FORM##_codes codes = FORM##_load_codes((t)->windows[p] + start + 4 * k);                     \
      UNROLLED for (int v = 0; v < VECTORS; v++) sums[p][v] = FORM##_add(sums[p][v], codes, w[v]); \
    }                                                                                              \
  }

// Declares sums[colour][pixel][v] = Σ of pixels · weights over the planes of a colour. Panels run over planes,
// rows and groups. ACCUMULATE_TILE describes FORM.
#define ACCUMULATE_RGB(FORM, COLOURS, PIXELS, VECTORS, sums, t, job)                               \
  FORM##_sums sums[COLOURS][PIXELS][VECTORS];                                                      \
  {                                                                                                \
    const int kernel = (job)->geometry->kernel, groups = rgb_groups((job)->geometry);              \
    const int planes = (job)->geometry->from.channels / COLOURS;                                   \
    const uint8_t *weights = (job)->panel;                                                         \
    UNROLLED for (int c = 0; c < COLOURS; c++) {                                                   \
      UNROLLED for (int p = 0; p < PIXELS; p++)                                                    \
        UNROLLED for (int v = 0; v < VECTORS; v++) sums[c][p][v] = FORM##_zero();                  \
      for (int i = 0; i < planes; i++) {                                                           \
        size_t start = (size_t)(c + i) * (job)->plane;                                             \
        for (int ky = 0; ky < kernel; ky++, start += (job)->row) {                                 \
          if (groups == 1)                                                                         \
            ADD_RGB_ROW(FORM, 1, PIXELS, VECTORS, sums[c], t, start, weights)                      \
          else                                                                                     \
            ADD_RGB_ROW(FORM, 2, PIXELS, VECTORS, sums[c], t, start, weights)                      \
        }                                                                                          \
      }                                                                                            \
    }                                                                                              \
  }

// The kernel for a block of outputs, and the number of pixels that it takes.
typedef struct {
  rgb_kernel *kernel;
  int pixels;
} rgb_choice;

rgb_choice rgb_avx512(ce_dot dot, int form, int colours, int width);
rgb_choice rgb_avx2(ce_dot dot, int form, int colours);

#endif
