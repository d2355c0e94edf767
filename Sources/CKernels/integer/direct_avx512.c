// Integer convolution with AVX-512, in tiles of 6 or 3 pixels × 64 outputs, or of 8 or 4 pixels × 32 or 16
// outputs.
#include "lanes512.h"
#include "products512.h"
#include "tile.h"

#if defined(__x86_64__)

// ---- the correction for the shifts of panels

// Returns Σ codes over the taps of a window.
TARGET512 static int avx512_window_sum(const tile *t, const tile_job *job, int pixel) {
  const ck_codes *from = &job->geometry->from;
  int run = (t->columns.end - t->columns.first) * from->channels;
  __m512i sums = _mm512_setzero_si512();
  for (int ky = t->rows.first; ky < t->rows.end; ky++) {
    const uint8_t *p = t->windows[pixel] + ky * codes_row(from) +
                       (size_t)t->columns.first * from->channels;
    for (int k = 0; k < run; k += 64) {
      __mmask64 there = run - k >= 64 ? ~0ull : (1ull << (run - k)) - 1;
      __m512i codes = _mm512_maskz_loadu_epi8(there, p + k);
      sums = _mm512_add_epi64(sums, _mm512_sad_epu8(codes, _mm512_setzero_si512()));
    }
  }
  return (int)_mm512_reduce_add_epi64(sums);
}

__attribute__((noinline)) TARGET512 static void avx512_window_sums(const tile *t, const tile_job *job,
                                                              int pixels, int32_t *sums) {
  for (int p = 0; p < pixels; p++) sums[p] = avx512_window_sum(t, job, p);
}

// Adds shift · Σ codes of a pixel's window to its sums.
INLINE512 void avx512_shift(const tile_job *job, int window_sum, int vectors, __m512i *sums) {
  UNROLLED for (int v = 0; v < vectors; v++) {
    __m512i shift = _mm512_loadu_si512(job->shifts + job->channel + 16 * v);
    sums[v] = _mm512_add_epi32(sums[v], _mm512_mullo_epi32(shift, _mm512_set1_epi32(window_sum)));
  }
}

// ---- the arithmetic on the sums

INLINE512 void avx512_finish(finish_case known, const tile *t, const tile_job *job, int pixels,
                             int vectors, const __m512i *sums) {
  UNROLLED for (int p = 0; p < pixels; p += 4 / vectors)
    finish_512(known, job->requantization, job->output, t->places + p, job->channel, vectors,
               sums + p * vectors);
}

__attribute__((noinline)) TARGET512 static void avx512_finish_any(const tile *t,
                                                                  const tile_job *job,
                                                                  int vectors, __m512i *sums) {
  const ck_requantization *q = job->requantization;
  for (int p = 0; p < t->count; p++, sums += vectors) {
    for (int v = 0; v < vectors; v++) {
      int o = job->channel + 16 * v;
      put_vector_512(q, job->output, t->places[p], o, scaled_512(FINISH_ANY, q, o, sums[v]));
    }
  }
}

// ---- kernels

#define DEFINE_TILES(FORM, TARGET)                                                         \
  DEFINE_TILE(FORM##_6x64, TARGET, FORM, avx512, 6, 4)                                     \
  DEFINE_TILE(FORM##_3x64, TARGET, FORM, avx512, 3, 4)                                     \
  DEFINE_TILE(FORM##_8x32, TARGET, FORM, avx512, 8, 2)                                     \
  DEFINE_TILE(FORM##_4x32, TARGET, FORM, avx512, 4, 2)                                     \
  DEFINE_TILE(FORM##_8x16, TARGET, FORM, avx512, 8, 1)                                     \
  DEFINE_TILE(FORM##_4x16, TARGET, FORM, avx512, 4, 1)                                     \
  static tile_choice FORM##_tile(int width, int pixels) {                                  \
    if (width == 64)                                                                       \
      return pixels > 3 ? (tile_choice){FORM##_6x64, 6} : (tile_choice){FORM##_3x64, 3};   \
    if (width == 32)                                                                       \
      return pixels > 4 ? (tile_choice){FORM##_8x32, 8} : (tile_choice){FORM##_4x32, 4};   \
    return pixels > 4 ? (tile_choice){FORM##_8x16, 8} : (tile_choice){FORM##_4x16, 4};     \
  }

DEFINE_TILES(vnni512, TARGET512_VNNI)
DEFINE_TILES(bytes512, TARGET512)
DEFINE_TILES(words512, TARGET512)

tile_choice tile_avx512(ce_dot dot, int form, int width, int pixels) {
  if (form == FORM_S16) return words512_tile(width, pixels);
  return dot == CE_DOT_AVX512_VNNI ? vnni512_tile(width, pixels) : bytes512_tile(width, pixels);
}

#endif
