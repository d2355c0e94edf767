// Private to CKernels: sums of eight outputs in AVX2 registers, and the arithmetic on them (CInteger.h).
#ifndef LANES256_H
#define LANES256_H

#include <string.h>

#include "finish.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET256 __attribute__((target("avx2")))
#define TARGET256_VNNI __attribute__((target("avx2,avxvnni")))
#define INLINE256 TARGET256 static inline __attribute__((always_inline))
#define INLINE256_VNNI TARGET256_VNNI static inline __attribute__((always_inline))

INLINE256 __m256i broadcast4_256(const uint8_t *p) {
  int32_t four;
  memcpy(&four, p, sizeof four);
  return _mm256_set1_epi32(four);
}

INLINE256 __m256i load_256(const void *p) { return _mm256_loadu_si256((const __m256i *)p); }

// ---- the arithmetic on the sums

// Returns (float)(sum + integer bias) · multiplier + bias for outputs o … o + 7.
INLINE256 __m256 scaled_256(finish_case known, const ck_requantization *q, int o, __m256i sum) {
  if (known == FINISH_ANY && q->integer_bias)
    sum = _mm256_add_epi32(sum, load_256(q->integer_bias + o));
  __m256 t = _mm256_mul_ps(_mm256_cvtepi32_ps(sum), _mm256_loadu_ps(q->multipliers + o));
  if (known != FINISH_ANY || q->bias) t = _mm256_add_ps(t, _mm256_loadu_ps(q->bias + o));
  return t;
}

INLINE256 __m256 with_residual_256(finish_case known, const ck_requantization *q,
                                   output_place at, int o, __m256 t) {
  if (known == FINISH_RESIDUAL_CODES || (known == FINISH_ANY && q->residual_codes)) {
    __m256i codes = _mm256_cvtepu8_epi32(
        _mm_loadl_epi64((const __m128i *)(q->residual_codes + at.codes + o)));
    if (known == FINISH_ANY)
      codes = _mm256_sub_epi32(codes, _mm256_set1_epi32(q->residual_zero_point));
    t = _mm256_add_ps(t, _mm256_mul_ps(_mm256_cvtepi32_ps(codes),
                                       _mm256_set1_ps(q->residual_multiplier)));
  }
  if (known == FINISH_RESIDUAL_SUMS || (known == FINISH_ANY && q->residual_sums))
    t = _mm256_add_ps(t, _mm256_loadu_ps(q->residual_sums + at.sums + o));
  return t;
}

// Returns codes in 32 bits, which must be packed with saturation, as in requantized_512.
INLINE256 __m256i requantized_256(finish_case known, const ck_requantization *q, __m256 t) {
  if (known == FINISH_CODES || known == FINISH_RESIDUAL_CODES) return _mm256_cvtps_epi32(t);
  if (known == FINISH_ANY)
    t = _mm256_max_ps(t, _mm256_set1_ps((float)(q->low - q->zero_point)));
  t = _mm256_min_ps(_mm256_set1_ps((float)(q->high - q->zero_point)), t);
  __m256i codes = _mm256_cvtps_epi32(t);
  if (known == FINISH_ANY) codes = _mm256_add_epi32(codes, _mm256_set1_epi32(q->zero_point));
  return codes;
}

// Adds the residual to the scaled values t of one pixel's outputs o … o + 15, and stores them.
INLINE256 void put_256(finish_case known, const ck_requantization *q, const ck_output *output,
                       output_place at, int o, const __m256 *t) {
  __m256 t0 = with_residual_256(known, q, at, o, t[0]);
  __m256 t1 = with_residual_256(known, q, at, o + 8, t[1]);
  if (known != FINISH_FLOATS && (known != FINISH_ANY || output->codes)) {
    __m256i words =
        _mm256_packs_epi32(requantized_256(known, q, t0), requantized_256(known, q, t1));
    __m128i low = _mm256_castsi256_si128(words), high = _mm256_extracti128_si256(words, 1);
    __m128i bytes = _mm_shuffle_epi32(_mm_packus_epi16(low, high), _MM_SHUFFLE(3, 1, 2, 0));
    bytes = _mm_min_epu8(bytes, _mm_set1_epi8((char)q->high));
    _mm_storeu_si128((__m128i *)(output->codes + at.codes + o), bytes);
  } else {
    _mm256_storeu_ps(output->sums + at.sums + o, t0);
    _mm256_storeu_ps(output->sums + at.sums + o + 8, t1);
  }
}

// Applies the whole rule to the two vectors of sums of one pixel's outputs o … o + 15.
INLINE256 void finish_256(finish_case known, const ck_requantization *q, const ck_output *output,
                          output_place at, int o, const __m256i *sums) {
  __m256 t[2] = {scaled_256(known, q, o, sums[0]), scaled_256(known, q, o + 8, sums[1])};
  put_256(known, q, output, at, o, t);
}

#endif
#endif
