// Private to CKernels: the micro-kernel of integer convolution. Some pixels at once against a block of
// outputs; the sums stay in registers.
#ifndef TILE_H
#define TILE_H

#include "forms.h"
#include "walk.h"

// A convolution of a tile: a block of outputs from `channel` on, its panel, and its outputs' shifts or null.
typedef struct {
  const ck_integer_geometry *geometry;
  const uint8_t *panel;
  const int32_t *shifts;
  int channel;
  const ck_requantization *requantization;
  const ck_output *output;
} tile_job;

typedef void tile_kernel(const tile *t, const tile_job *job);

// The loops over sums must vanish for the sums to be registers.
#define UNROLLED _Pragma("clang loop unroll(full)")

// Declares sums[pixel][v] = Σ of codes · weights over the tile's taps. A FORM has types FORM_sums, FORM_codes and
// FORM_weights, and FORM_zero(), FORM_load_codes(p), FORM_load_weights(p), FORM_add(sums, codes, weights); its
// weights of four taps of one vector of outputs are FORM_BYTES.
#define ACCUMULATE_TILE(FORM, PIXELS, VECTORS, sums, t, job)                                       \
  FORM##_sums sums[PIXELS][VECTORS];                                                               \
  UNROLLED for (int p = 0; p < PIXELS; p++)                                                        \
    UNROLLED for (int v = 0; v < VECTORS; v++) sums[p][v] = FORM##_zero();                         \
  {                                                                                                \
    const ck_codes *from = &(job)->geometry->from;                                                 \
    const size_t tap_bytes = (size_t)from->channels / 4 * VECTORS * FORM##_BYTES;                  \
    const int run = ((t)->columns.end - (t)->columns.first) * from->channels;                      \
    for (int ky = (t)->rows.first; ky < (t)->rows.end; ky++) {                                     \
      const uint8_t *weights =                                                                     \
          (job)->panel + (ky * (job)->geometry->kernel + (t)->columns.first) * tap_bytes;          \
      const size_t start =                                                                         \
          ky * codes_row(from) + (size_t)(t)->columns.first * from->channels;                      \
      const uint8_t *pixels[PIXELS];                                                               \
      UNROLLED for (int p = 0; p < PIXELS; p++) pixels[p] = (t)->windows[p] + start;               \
      for (int k = 0; k < run; k += 4, weights += VECTORS * FORM##_BYTES) {                        \
        FORM##_weights w[VECTORS];                                                                 \
        UNROLLED for (int v = 0; v < VECTORS; v++) w[v] =                                          \
            FORM##_load_weights(weights + v * FORM##_BYTES);                                       \
        UNROLLED for (int p = 0; p < PIXELS; p++) {                                                \
          FORM##_codes codes = FORM##_load_codes(pixels[p] + k);                                   \
          UNROLLED for (int v = 0; v < VECTORS; v++) sums[p][v] =                                  \
              FORM##_add(sums[p][v], codes, w[v]);                                                 \
        }                                                                                          \
      }                                                                                            \
    }                                                                                              \
  }

// A kernel for tiles of PIXELS × VECTORS; FAMILY has FAMILY_shift, which adds shift · Σ codes of a window to
// sums, and FAMILY_finish, which stores one pixel's outputs.
#define DEFINE_TILE(NAME, TARGET, FORM, FAMILY, PIXELS, VECTORS)                                   \
  TARGET static void NAME(const tile *t, const tile_job *job) {                                    \
    ACCUMULATE_TILE(FORM, PIXELS, VECTORS, sums, t, job)                                           \
    if (job->shifts)                                                                               \
      UNROLLED for (int p = 0; p < PIXELS; p++)                                                    \
        FAMILY##_shift(VECTORS, sums[p], FAMILY##_window_sum(t, job, p), job);                     \
    UNROLLED for (int p = 0; p < PIXELS; p++)                                                      \
      if (p < t->count)                                                                            \
        FAMILY##_finish(job->requantization, job->output, t->places[p], job->channel, VECTORS,     \
                        sums[p]);                                                                  \
  }

// The kernel for a block of `width` outputs and tiles of at most `pixels`, and how many pixels it takes.
typedef struct {
  tile_kernel *kernel;
  int pixels;
} tile_choice;

tile_choice tile_avx512(ce_dot dot, int form, int width, int pixels);
tile_choice tile_avx2(ce_dot dot, int form, int pixels);

#endif
