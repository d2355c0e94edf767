// Integer convolution with AVX2 and AVX-VNNI, in tiles of 4 pixels × 16 outputs.
#include "lanes256.h"
#include "products256.h"
#include "tile.h"

#if defined(__x86_64__)

// ---- the correction for the shifts of panels

// Returns Σ codes over the taps of a window. A row of taps has a multiple of sixteen codes.
TARGET256 static int avx2_window_sum(const tile *t, const tile_job *job, int pixel) {
  const ck_codes *from = &job->geometry->from;
  int run = (t->columns.end - t->columns.first) * from->channels;
  __m128i sums = _mm_setzero_si128();
  for (int ky = t->rows.first; ky < t->rows.end; ky++) {
    const uint8_t *p = t->windows[pixel] + ky * codes_row(from) +
                       (size_t)t->columns.first * from->channels;
    for (int k = 0; k < run; k += 16) {
      __m128i codes = _mm_loadu_si128((const __m128i *)(p + k));
      sums = _mm_add_epi64(sums, _mm_sad_epu8(codes, _mm_setzero_si128()));
    }
  }
  return _mm_cvtsi128_si32(sums) + _mm_extract_epi32(sums, 2);
}

__attribute__((noinline)) TARGET256 static void avx2_window_sums(const tile *t, const tile_job *job,
                                                              int pixels, int32_t *sums) {
  for (int p = 0; p < pixels; p++) sums[p] = avx2_window_sum(t, job, p);
}

// Adds shift · Σ codes of a pixel's window to its sums.
INLINE256 void avx2_shift(const tile_job *job, int window_sum, int vectors, __m256i *sums) {
  UNROLLED for (int v = 0; v < vectors; v++) {
    __m256i shift = load_256(job->shifts + job->channel + 8 * v);
    sums[v] = _mm256_add_epi32(sums[v], _mm256_mullo_epi32(shift, _mm256_set1_epi32(window_sum)));
  }
}

// ---- the arithmetic on the sums

INLINE256 void avx2_finish(finish_case known, const tile *t, const tile_job *job, int pixels,
                           int vectors, const __m256i *sums) {
  UNROLLED for (int p = 0; p < pixels; p++)
    finish_256(known, job->requantization, job->output, t->places[p], job->channel,
               sums + p * vectors);
}

__attribute__((noinline)) TARGET256 static void avx2_finish_any(const tile *t,
                                                                const tile_job *job, int vectors,
                                                                __m256i *sums) {
  for (int p = 0; p < t->count; p++, sums += vectors)
    finish_256(FINISH_ANY, job->requantization, job->output, t->places[p], job->channel, sums);
}

// ---- kernels

#define DEFINE_TILES(FORM, TARGET)                                                         \
  DEFINE_TILE(FORM##_4x16, TARGET, FORM, avx2, 4, 2)                                       \
  DEFINE_TILE(FORM##_1x16, TARGET, FORM, avx2, 1, 2)                                       \
  static tile_choice FORM##_tile(int pixels) {                                             \
    return pixels > 1 ? (tile_choice){FORM##_4x16, 4} : (tile_choice){FORM##_1x16, 1};     \
  }

DEFINE_TILES(vnni256, TARGET256_VNNI)
DEFINE_TILES(bytes256, TARGET256)
DEFINE_TILES(words256, TARGET256)

tile_choice tile_avx2(ce_dot dot, int form, int pixels) {
  if (form == FORM_S16) return words256_tile(pixels);
  return dot == CE_DOT_AVX_VNNI ? vnni256_tile(pixels) : bytes256_tile(pixels);
}

#endif
