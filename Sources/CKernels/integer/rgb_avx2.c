// The first convolution with AVX2 and AVX-VNNI: 4 pixels × 16 outputs of a colour at a time.
#include "products256.h"
#include "rgb.h"

#if defined(__x86_64__)

enum { VECTORS = 2 };

// Returns t of one vector of outputs of a pixel. The sums of its colours are `stride` vectors apart.
INLINE256 __m256 rgb_scaled(finish_case known, const rgb_job *job, int class, int o, int colours,
                             const __m256i *sums, int stride) {
  const ck_requantization *q = job->requantization;
  int outputs = job->geometry->to.channels;
  __m256i first = sums[0];
  if (known == FINISH_ANY && q->integer_bias && !job->geometry->apart)
    first = _mm256_add_epi32(first, load_256(q->integer_bias + o));
  __m256 t = _mm256_mul_ps(_mm256_cvtepi32_ps(first), _mm256_loadu_ps(q->multipliers + o));
  UNROLLED for (int c = 1; c < colours; c++) {
    __m256 multiplier = _mm256_loadu_ps(q->multipliers + (size_t)c * outputs + o);
    t = _mm256_add_ps(t, _mm256_mul_ps(_mm256_cvtepi32_ps(sums[c * stride]), multiplier));
  }
  if (known != FINISH_ANY || q->bias)
    t = _mm256_add_ps(t, _mm256_loadu_ps(q->bias + (size_t)class * outputs + o));
  return t;
}

// Adds shift · Σ pixels of a window to the sums of one colour.
INLINE256 void rgb_shift(const rgb_job *job, int window_sum, __m256i *sums) {
  UNROLLED for (int v = 0; v < VECTORS; v++) {
    __m256i shift = load_256(job->shifts + job->channel + 8 * v);
    sums[v] = _mm256_add_epi32(sums[v], _mm256_mullo_epi32(shift, _mm256_set1_epi32(window_sum)));
  }
}

// Stores the outputs of all pixels; sums are [colour][pixel][v].
INLINE256 void rgb_finish(finish_case known, const rgb_tile *t, const rgb_job *job, int colours,
                           int pixels, const __m256i *sums) {
  UNROLLED for (int p = 0; p < pixels; p++) {
    __m256 values[VECTORS];
    UNROLLED for (int v = 0; v < VECTORS; v++) values[v] =
        rgb_scaled(known, job, t->classes[p], job->channel + 8 * v, colours,
                    sums + p * VECTORS + v, pixels * VECTORS);
    if (p < t->count)
      put_256(known, job->requantization, job->output, t->places[p], job->channel, values);
  }
}

#define DEFINE_RGB(NAME, TARGET, FORM, COLOURS, PIXELS)                                \
  TARGET static void NAME(const rgb_tile *t, const rgb_job *job) {                     \
    ACCUMULATE_RGB(FORM, COLOURS, PIXELS, VECTORS, sums, t, job)                       \
    if (job->shifts)                                                                   \
      UNROLLED for (int c = 0; c < COLOURS; c++)                                       \
        UNROLLED for (int p = 0; p < PIXELS; p++)                                      \
          rgb_shift(job, t->window_sums[c][p], sums[c][p]);                            \
    if (job->known == FINISH_CODES)                                                    \
      rgb_finish(FINISH_CODES, t, job, COLOURS, PIXELS, (FORM##_sums *)sums);          \
    else                                                                               \
      rgb_finish(FINISH_ANY, t, job, COLOURS, PIXELS, (FORM##_sums *)sums);            \
  }

#define DEFINE_RGBS(FORM, TARGET)                                                      \
  DEFINE_RGB(FORM##_3x4x16, TARGET, FORM, 3, 4)                                        \
  DEFINE_RGB(FORM##_4x16, TARGET, FORM, 1, 4)                                          \
  static rgb_choice FORM##_rgb(int colours) {                                          \
    return (rgb_choice){colours == 1 ? FORM##_4x16 : FORM##_3x4x16, 4};                \
  }

DEFINE_RGBS(vnni256, TARGET256_VNNI)
DEFINE_RGBS(bytes256, TARGET256)
DEFINE_RGBS(words256, TARGET256)

rgb_choice rgb_avx2(ce_dot dot, int form, int colours) {
  if (form == FORM_S16) return words256_rgb(colours);
  return dot == CE_DOT_AVX_VNNI ? vnni256_rgb(colours) : bytes256_rgb(colours);
}

#endif
