// Private to CKernels: the products of four codes and a vector of weights with AVX-512. Every form has the
// functions that ACCUMULATE_TILE names.
#ifndef PRODUCTS512_H
#define PRODUCTS512_H

#include "lanes512.h"

#if defined(__x86_64__)

// ---- four products of bytes per lane, added in one instruction

enum { vnni512_BYTES = 64 };
typedef __m512i vnni512_sums, vnni512_codes, vnni512_weights;
INLINE512_VNNI __m512i vnni512_zero(void) { return _mm512_setzero_si512(); }
INLINE512_VNNI __m512i vnni512_load_codes(const uint8_t *p) { return broadcast4_512(p); }
INLINE512_VNNI __m512i vnni512_load_weights(const uint8_t *p) { return _mm512_loadu_si512(p); }
INLINE512_VNNI __m512i vnni512_add(__m512i sums, __m512i codes, __m512i weights) {
  return _mm512_dpbusd_epi32(sums, codes, weights);
}

// ---- the same with vpmaddubsw, if the sum of two products fits 16 bits

enum { bytes512_BYTES = 64 };
typedef __m512i bytes512_sums, bytes512_codes, bytes512_weights;
INLINE512 __m512i bytes512_zero(void) { return _mm512_setzero_si512(); }
INLINE512 __m512i bytes512_load_codes(const uint8_t *p) { return broadcast4_512(p); }
INLINE512 __m512i bytes512_load_weights(const uint8_t *p) { return _mm512_loadu_si512(p); }
INLINE512 __m512i bytes512_add(__m512i sums, __m512i codes, __m512i weights) {
  __m512i pairs = _mm512_maddubs_epi16(codes, weights);
  return _mm512_add_epi32(sums, _mm512_madd_epi16(pairs, _mm512_set1_epi16(1)));
}

// ---- products of 16 bits

enum { words512_BYTES = 128 };
typedef __m512i words512_sums;
typedef struct {
  __m512i even, odd;
} words512_codes, words512_weights;
INLINE512 __m512i words512_zero(void) { return _mm512_setzero_si512(); }
INLINE512 words512_codes words512_load_codes(const uint8_t *p) {
  __m512i four = broadcast4_512(p);
  return (words512_codes){_mm512_and_si512(four, _mm512_set1_epi16(255)),
                          _mm512_srli_epi16(four, 8)};
}
INLINE512 words512_weights words512_load_weights(const uint8_t *p) {
  return (words512_weights){_mm512_loadu_si512(p), _mm512_loadu_si512(p + 64)};
}
INLINE512 __m512i words512_add(__m512i sums, words512_codes codes, words512_weights weights) {
  sums = _mm512_add_epi32(sums, _mm512_madd_epi16(codes.even, weights.even));
  return _mm512_add_epi32(sums, _mm512_madd_epi16(codes.odd, weights.odd));
}

#endif
#endif
