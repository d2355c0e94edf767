// Private to CKernels: sums of sixteen outputs in AVX-512 registers, and the arithmetic on them
// (CInteger.h).
#ifndef LANES512_H
#define LANES512_H

#include <string.h>

#include "finish.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#define TARGET512_VNNI __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")))
#define INLINE512 TARGET512 static inline __attribute__((always_inline))
#define INLINE512_VNNI TARGET512_VNNI static inline __attribute__((always_inline))

INLINE512 __m512i broadcast4_512(const uint8_t *p) {
  int32_t four;
  memcpy(&four, p, sizeof four);
  return _mm512_set1_epi32(four);
}

// ---- the arithmetic on the sums

// Returns (float)(sum + integer bias) · multiplier + bias for outputs o … o + 15.
INLINE512 __m512 scaled_512(finish_case known, const ck_requantization *q, int o, __m512i sum) {
  if (known == FINISH_ANY && q->integer_bias)
    sum = _mm512_add_epi32(sum, _mm512_loadu_si512(q->integer_bias + o));
  __m512 t = _mm512_mul_ps(_mm512_cvtepi32_ps(sum), _mm512_loadu_ps(q->multipliers + o));
  if (known != FINISH_ANY || q->bias) t = _mm512_add_ps(t, _mm512_loadu_ps(q->bias + o));
  return t;
}

INLINE512 __m512 with_residual_512(finish_case known, const ck_requantization *q,
                                   output_place at, int o, __m512 t) {
  if (known == FINISH_RESIDUAL_CODES || (known == FINISH_ANY && q->residual_codes)) {
    __m512i codes = _mm512_cvtepu8_epi32(
        _mm_loadu_si128((const __m128i *)(q->residual_codes + at.codes + o)));
    if (known == FINISH_ANY)
      codes = _mm512_sub_epi32(codes, _mm512_set1_epi32(q->residual_zero_point));
    t = _mm512_add_ps(t, _mm512_mul_ps(_mm512_cvtepi32_ps(codes),
                                       _mm512_set1_ps(q->residual_multiplier)));
  }
  if (known == FINISH_RESIDUAL_SUMS || (known == FINISH_ANY && q->residual_sums))
    t = _mm512_add_ps(t, _mm512_loadu_ps(q->residual_sums + at.sums + o));
  return t;
}

// Returns codes in 32 bits, which must be packed with saturation. If the lowest code and the zero point are
// 0, values below stay negative or become the most negative integer. Values that fit 32 bits may exceed the
// highest code.
INLINE512 __m512i requantized_512(finish_case known, const ck_requantization *q, __m512 t) {
  if (known == FINISH_CODES || known == FINISH_RESIDUAL_CODES) return _mm512_cvtps_epi32(t);
  if (known == FINISH_ANY)
    t = _mm512_max_ps(t, _mm512_set1_ps((float)(q->low - q->zero_point)));
  t = _mm512_min_ps(_mm512_set1_ps((float)(q->high - q->zero_point)), t);
  __m512i codes = _mm512_cvtps_epi32(t);
  if (known == FINISH_ANY) codes = _mm512_add_epi32(codes, _mm512_set1_epi32(q->zero_point));
  return codes;
}

// Stores the codes of four vectors of sixteen as bytes, with saturation at 0 and `high`: 4 / vectors pixels.
INLINE512 void store_codes_512(int vectors, const __m512i *codes, int high, const output_place *at,
                               uint8_t *dst) {
  const __m512i order =
      _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  __m512i bytes = _mm512_packus_epi16(_mm512_packs_epi32(codes[0], codes[1]),
                                      _mm512_packs_epi32(codes[2], codes[3]));
  bytes = _mm512_min_epu8(_mm512_permutexvar_epi32(order, bytes), _mm512_set1_epi8((char)high));
  if (vectors == 4) {
    _mm512_storeu_si512(dst + at[0].codes, bytes);
  } else if (vectors == 2) {
    _mm256_storeu_si256((__m256i *)(dst + at[0].codes), _mm512_castsi512_si256(bytes));
    _mm256_storeu_si256((__m256i *)(dst + at[1].codes), _mm512_extracti64x4_epi64(bytes, 1));
  } else {
    _mm_storeu_si128((__m128i *)(dst + at[0].codes), _mm512_castsi512_si128(bytes));
    _mm_storeu_si128((__m128i *)(dst + at[1].codes), _mm512_extracti32x4_epi32(bytes, 1));
    _mm_storeu_si128((__m128i *)(dst + at[2].codes), _mm512_extracti32x4_epi32(bytes, 2));
    _mm_storeu_si128((__m128i *)(dst + at[3].codes), _mm512_extracti32x4_epi32(bytes, 3));
  }
}

// Adds the residual to the scaled values t of outputs o … o + 16 · vectors − 1 of the 4 / vectors pixels at
// `at`, four vectors in all, and stores them. vectors is 1, 2 or 4.
INLINE512 void put_512(finish_case known, const ck_requantization *q, const ck_output *output,
                       const output_place *at, int o, int vectors, const __m512 *t) {
  __m512 values[4];
  UNROLLED for (int i = 0; i < 4; i++) values[i] =
      with_residual_512(known, q, at[i / vectors], o + 16 * (i % vectors), t[i]);
  if (known != FINISH_FLOATS && (known != FINISH_ANY || output->codes)) {
    __m512i codes[4];
    UNROLLED for (int i = 0; i < 4; i++) codes[i] = requantized_512(known, q, values[i]);
    store_codes_512(vectors, codes, q->high, at, output->codes + o);
  } else {
    UNROLLED for (int i = 0; i < 4; i++)
      _mm512_storeu_ps(output->sums + at[i / vectors].sums + o + 16 * (i % vectors), values[i]);
  }
}

// Applies the whole rule to four vectors of sums in the order of put_512.
INLINE512 void finish_512(finish_case known, const ck_requantization *q, const ck_output *output,
                          const output_place *at, int o, int vectors, const __m512i *sums) {
  __m512 t[4];
  UNROLLED for (int i = 0; i < 4; i++) t[i] =
      scaled_512(known, q, o + 16 * (i % vectors), sums[i]);
  put_512(known, q, output, at, o, vectors, t);
}

// Does the work of put_512 for sixteen scaled values of one pixel.
TARGET512 static inline void put_vector_512(const ck_requantization *q, const ck_output *output,
                                            output_place at, int o, __m512 t) {
  t = with_residual_512(FINISH_ANY, q, at, o, t);
  if (output->codes)
    _mm_storeu_si128((__m128i *)(output->codes + at.codes + o),
                     _mm512_cvtepi32_epi8(requantized_512(FINISH_ANY, q, t)));
  else
    _mm512_storeu_ps(output->sums + at.sums + o, t);
}

#endif
#endif
