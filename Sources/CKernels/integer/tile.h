// Private to CKernels: the micro-kernel of integer convolution. It takes a few pixels and a block of
// outputs at once; the sums stay in registers.
#ifndef TILE_H
#define TILE_H

#include "finish.h"
#include "forms.h"
#include "walk.h"

// A convolution of tiles: a block of outputs from `channel` on with its panel. shifts are those of all
// outputs, or null.
typedef struct {
  const ck_integer_geometry *geometry;
  const uint8_t *panel;
  const int32_t *shifts;
  int channel;
  finish_case known;
  const ck_requantization *requantization;
  const ck_output *output;
} tile_job;

// Computes the next tiles of a walk.
typedef void tile_kernel(walk *w, int tiles, const tile_job *job);

// Declares sums[pixel][v] = Σ of codes · weights over the tile's taps. A FORM has the types FORM_sums,
// FORM_codes and FORM_weights, and FORM_zero(), FORM_load_codes(p), FORM_load_weights(p), FORM_add(sums,
// codes, weights). FORM_BYTES is the size of the weights of four taps for one vector of outputs.
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

// Prefetches the residual codes of a tile before its sums are computed.
LOOPS void fetch_residual(const tile *t, const tile_job *job, int pixels) {
  if (job->known != FINISH_RESIDUAL_CODES) return;
  const uint8_t *codes = job->requantization->residual_codes + job->channel;
  UNROLLED for (int p = 0; p < pixels; p++) __builtin_prefetch(codes + t->places[p].codes);
}

// Defines a kernel for tiles of PIXELS × VECTORS. FAMILY_window_sums and FAMILY_shift correct the sums for
// a panel's shifts, and FAMILY_finish finishes all pixels of a tile. FAMILY_finish_any finishes sums in
// memory; it is a function of its own to keep the kernel short.
#define DEFINE_TILE(NAME, TARGET, FORM, FAMILY, PIXELS, VECTORS)                                   \
  TARGET static void NAME(walk *w, int tiles, const tile_job *job) {                               \
    for (; tiles > 0; tiles--) {                                                                   \
      tile next, *t = &next;                                                                       \
      int32_t window_sums[PIXELS];                                                                 \
      next_tile(w, PIXELS, t);                                                                     \
      fetch_residual(t, job, PIXELS);                                                              \
      if (job->shifts) FAMILY##_window_sums(t, job, PIXELS, window_sums);                          \
      ACCUMULATE_TILE(FORM, PIXELS, VECTORS, sums, t, job)                                         \
      if (job->shifts)                                                                             \
        UNROLLED for (int p = 0; p < PIXELS; p++)                                                  \
          FAMILY##_shift(job, window_sums[p], VECTORS, sums[p]);                                   \
      finish_case known = t->count < PIXELS ? FINISH_ANY : job->known;                             \
      if (known == FINISH_CODES)                                                                   \
        FAMILY##_finish(FINISH_CODES, t, job, PIXELS, VECTORS, (FORM##_sums *)sums);               \
      else if (known == FINISH_RESIDUAL_CODES)                                                     \
        FAMILY##_finish(FINISH_RESIDUAL_CODES, t, job, PIXELS, VECTORS, (FORM##_sums *)sums);      \
      else if (known == FINISH_RESIDUAL_SUMS)                                                      \
        FAMILY##_finish(FINISH_RESIDUAL_SUMS, t, job, PIXELS, VECTORS, (FORM##_sums *)sums);       \
      else if (known == FINISH_FLOATS)                                                             \
        FAMILY##_finish(FINISH_FLOATS, t, job, PIXELS, VECTORS, (FORM##_sums *)sums);              \
      else {                                                                                       \
        FORM##_sums stored[PIXELS * VECTORS];                                                      \
        UNROLLED for (int i = 0; i < PIXELS * VECTORS; i++)                                        \
          stored[i] = ((FORM##_sums *)sums)[i];                                                    \
        FAMILY##_finish_any(t, job, VECTORS, stored);                                              \
      }                                                                                            \
    }                                                                                              \
  }

// A kernel and the number of pixels of its tiles.
typedef struct {
  tile_kernel *kernel;
  int pixels;
} tile_choice;

tile_choice tile_avx512(ce_dot dot, int form, int width, int pixels);
tile_choice tile_avx2(ce_dot dot, int form, int pixels);

#endif
