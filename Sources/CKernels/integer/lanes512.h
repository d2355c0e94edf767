// Private to CKernels: sums of sixteen outputs in AVX-512 registers, and what follows them (CInteger.h).
#ifndef LANES512_H
#define LANES512_H

#include <string.h>

#include "epilogue.h"

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

// ---- what follows the sums

// (float)(sum + integer bias) · multiplier + bias of outputs o … o + 15.
INLINE512 __m512 scaled_512(const ck_requantization *q, int o, __m512i sum) {
  if (q->integer_bias) sum = _mm512_add_epi32(sum, _mm512_loadu_si512(q->integer_bias + o));
  __m512 t = _mm512_mul_ps(_mm512_cvtepi32_ps(sum), _mm512_loadu_ps(q->multipliers + o));
  return q->bias ? _mm512_add_ps(t, _mm512_loadu_ps(q->bias + o)) : t;
}

INLINE512 __m512 with_residual_512(const ck_requantization *q, output_place at, int o, __m512 t) {
  if (q->residual_codes) {
    __m512i codes = _mm512_cvtepu8_epi32(
        _mm_loadu_si128((const __m128i *)(q->residual_codes + at.codes + o)));
    codes = _mm512_sub_epi32(codes, _mm512_set1_epi32(q->residual_zero_point));
    t = _mm512_add_ps(t, _mm512_mul_ps(_mm512_cvtepi32_ps(codes),
                                       _mm512_set1_ps(q->residual_multiplier)));
  }
  if (q->residual_sums)
    t = _mm512_add_ps(t, _mm512_loadu_ps(q->residual_sums + at.sums + o));
  return t;
}

// Codes in 32 bits. Where the lowest code and the zero point are 0, what is below stays negative or becomes the
// most negative integer, and packing with unsigned saturation makes 0 of it.
INLINE512 __m512i requantized_512(const ck_requantization *q, __m512 t) {
  if (q->low != 0 || q->zero_point != 0)
    t = _mm512_max_ps(t, _mm512_set1_ps((float)(q->low - q->zero_point)));
  t = _mm512_min_ps(_mm512_set1_ps((float)(q->high - q->zero_point)), t);
  __m512i codes = _mm512_cvtps_epi32(t);
  if (q->zero_point != 0) codes = _mm512_add_epi32(codes, _mm512_set1_epi32(q->zero_point));
  return codes;
}

// Stores 16, 32 or 64 codes of 32 bits as bytes, with unsigned saturation.
INLINE512 void store_codes_512(int vectors, const __m512i *codes, uint8_t *dst) {
  const __m512i order =
      _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  __m512i low = _mm512_packus_epi32(codes[0], codes[vectors > 1 ? 1 : 0]);
  __m512i high = vectors == 4 ? _mm512_packus_epi32(codes[2], codes[3]) : low;
  __m512i bytes = _mm512_permutexvar_epi32(order, _mm512_packus_epi16(low, high));
  if (vectors == 4)
    _mm512_storeu_si512(dst, bytes);
  else if (vectors == 2)
    _mm256_storeu_si256((__m256i *)dst, _mm512_castsi512_si256(bytes));
  else
    _mm_storeu_si128((__m128i *)dst, _mm512_castsi512_si128(bytes));
}

// Everything behind the scaled values t of one pixel's outputs o ….
INLINE512 void put_512(const ck_requantization *q, const ck_output *output, output_place at, int o,
                       int vectors, const __m512 *t) {
  if (output->codes) {
    __m512i codes[4];
    for (int v = 0; v < vectors; v++)
      codes[v] = requantized_512(q, with_residual_512(q, at, o + 16 * v, t[v]));
    store_codes_512(vectors, codes, output->codes + at.codes + o);
  } else {
    for (int v = 0; v < vectors; v++)
      _mm512_storeu_ps(output->sums + at.sums + o + 16 * v,
                       with_residual_512(q, at, o + 16 * v, t[v]));
  }
}

// The whole rule, for the sums of one pixel's outputs o … o + 16 · vectors − 1; vectors is 1, 2 or 4.
INLINE512 void finish_512(const ck_requantization *q, const ck_output *output, output_place at,
                          int o, int vectors, const __m512i *sums) {
  __m512 t[4];
  for (int v = 0; v < vectors; v++) t[v] = scaled_512(q, o + 16 * v, sums[v]);
  put_512(q, output, at, o, vectors, t);
}

#endif
#endif
