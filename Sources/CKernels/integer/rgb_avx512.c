// The first convolution with AVX-512: up to 24 registers of sums, such as 2 pixels × 3 colours × 64 outputs.
#include "products512.h"
#include "rgb.h"

#if defined(__x86_64__)

// Returns t of one vector of outputs of a pixel. The sums of its colours are `stride` vectors apart.
INLINE512 __m512 rgb_scaled(finish_case known, const rgb_job *job, int class, int o, int colours,
                             const __m512i *sums, int stride) {
  const ck_requantization *q = job->requantization;
  int outputs = job->geometry->to.channels;
  __m512i first = sums[0];
  if (known == FINISH_ANY && q->integer_bias && !job->geometry->apart)
    first = _mm512_add_epi32(first, _mm512_loadu_si512(q->integer_bias + o));
  __m512 t = _mm512_mul_ps(_mm512_cvtepi32_ps(first), _mm512_loadu_ps(q->multipliers + o));
  UNROLLED for (int c = 1; c < colours; c++) {
    __m512 multiplier = _mm512_loadu_ps(q->multipliers + (size_t)c * outputs + o);
    t = _mm512_add_ps(t, _mm512_mul_ps(_mm512_cvtepi32_ps(sums[c * stride]), multiplier));
  }
  if (known != FINISH_ANY || q->bias)
    t = _mm512_add_ps(t, _mm512_loadu_ps(q->bias + (size_t)class * outputs + o));
  return t;
}

// Adds shift · Σ pixels of a window to the sums of one colour.
INLINE512 void rgb_shift(const rgb_job *job, int window_sum, int vectors, __m512i *sums) {
  UNROLLED for (int v = 0; v < vectors; v++) {
    __m512i shift = _mm512_loadu_si512(job->shifts + job->channel + 16 * v);
    sums[v] = _mm512_add_epi32(sums[v], _mm512_mullo_epi32(shift, _mm512_set1_epi32(window_sum)));
  }
}

// Stores the outputs of all pixels if the case is FINISH_CODES; sums are [colour][pixel][v].
INLINE512 void rgb_finish_codes(const rgb_tile *t, const rgb_job *job, int colours, int pixels,
                                 int vectors, const __m512i *sums) {
  UNROLLED for (int p = 0; p < pixels; p += 4 / vectors) {
    __m512 values[4];
    UNROLLED for (int i = 0; i < 4; i++) values[i] =
        rgb_scaled(FINISH_CODES, job, t->classes[p + i / vectors],
                    job->channel + 16 * (i % vectors), colours, sums + p * vectors + i,
                    pixels * vectors);
    put_512(FINISH_CODES, job->requantization, job->output, t->places + p, job->channel, vectors,
            values);
  }
}

// Stores the outputs of all pixels in any case, from sums in memory.
__attribute__((noinline)) TARGET512 static void rgb_finish_any(const rgb_tile *t,
                                                                const rgb_job *job, int colours,
                                                                int pixels, int vectors,
                                                                __m512i *sums) {
  for (int p = 0; p < t->count; p++)
    for (int v = 0; v < vectors; v++) {
      __m512i apart[RGB_COLOURS];
      int o = job->channel + 16 * v;
      for (int c = 0; c < colours; c++) apart[c] = sums[(c * pixels + p) * vectors + v];
      __m512 value = rgb_scaled(FINISH_ANY, job, t->classes[p], o, 1, apart, 1);
      if (colours == RGB_COLOURS)
        value = rgb_scaled(FINISH_ANY, job, t->classes[p], o, RGB_COLOURS, apart, 1);
      put_vector_512(job->requantization, job->output, t->places[p], o, value);
    }
}

#define DEFINE_RGB(NAME, TARGET, FORM, COLOURS, PIXELS, VECTORS)                               \
  TARGET static void NAME(const rgb_tile *t, const rgb_job *job) {                             \
    ACCUMULATE_RGB(FORM, COLOURS, PIXELS, VECTORS, sums, t, job)                               \
    if (job->shifts)                                                                           \
      UNROLLED for (int c = 0; c < COLOURS; c++)                                               \
        UNROLLED for (int p = 0; p < PIXELS; p++)                                              \
          rgb_shift(job, t->window_sums[c][p], VECTORS, sums[c][p]);                           \
    if (job->known == FINISH_CODES && t->count == PIXELS)                                      \
      rgb_finish_codes(t, job, COLOURS, PIXELS, VECTORS, (FORM##_sums *)sums);                 \
    else {                                                                                     \
      FORM##_sums stored[COLOURS * PIXELS * VECTORS];                                          \
      UNROLLED for (int i = 0; i < COLOURS * PIXELS * VECTORS; i++)                            \
        stored[i] = ((FORM##_sums *)sums)[i];                                                  \
      rgb_finish_any(t, job, COLOURS, PIXELS, VECTORS, stored);                                \
    }                                                                                          \
  }

#define DEFINE_RGBS(FORM, TARGET)                                                              \
  DEFINE_RGB(FORM##_3x2x64, TARGET, FORM, 3, 2, 4)                                             \
  DEFINE_RGB(FORM##_3x4x32, TARGET, FORM, 3, 4, 2)                                             \
  DEFINE_RGB(FORM##_3x8x16, TARGET, FORM, 3, 8, 1)                                             \
  DEFINE_RGB(FORM##_6x64, TARGET, FORM, 1, 6, 4)                                               \
  DEFINE_RGB(FORM##_8x32, TARGET, FORM, 1, 8, 2)                                               \
  DEFINE_RGB(FORM##_8x16, TARGET, FORM, 1, 8, 1)                                               \
  static rgb_choice FORM##_rgb(int colours, int width) {                                       \
    if (width == 64)                                                                           \
      return colours == 1 ? (rgb_choice){FORM##_6x64, 6} : (rgb_choice){FORM##_3x2x64, 2};     \
    if (width == 32)                                                                           \
      return colours == 1 ? (rgb_choice){FORM##_8x32, 8} : (rgb_choice){FORM##_3x4x32, 4};     \
    return (rgb_choice){colours == 1 ? FORM##_8x16 : FORM##_3x8x16, 8};                        \
  }

DEFINE_RGBS(vnni512, TARGET512_VNNI)
DEFINE_RGBS(bytes512, TARGET512)
DEFINE_RGBS(words512, TARGET512)

rgb_choice rgb_avx512(ce_dot dot, int form, int colours, int width) {
  if (form == FORM_S16) return words512_rgb(colours, width);
  return dot == CE_DOT_AVX512_VNNI ? vnni512_rgb(colours, width) : bytes512_rgb(colours, width);
}

#endif
