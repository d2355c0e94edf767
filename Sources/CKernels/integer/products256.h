// Private to CKernels: the products of four codes and a vector of weights with AVX2. Every form has the
// functions that ACCUMULATE_TILE names.
#ifndef PRODUCTS256_H
#define PRODUCTS256_H

#include "lanes256.h"

#if defined(__x86_64__)

// ---- four products of bytes per lane, added in one instruction

enum { vnni256_BYTES = 32 };
typedef __m256i vnni256_sums, vnni256_codes, vnni256_weights;
INLINE256_VNNI __m256i vnni256_zero(void) { return _mm256_setzero_si256(); }
INLINE256_VNNI __m256i vnni256_load_codes(const uint8_t *p) { return broadcast4_256(p); }
INLINE256_VNNI __m256i vnni256_load_weights(const uint8_t *p) { return load_256(p); }
INLINE256_VNNI __m256i vnni256_add(__m256i sums, __m256i codes, __m256i weights) {
  return _mm256_dpbusd_avx_epi32(sums, codes, weights);
}

// ---- the same with vpmaddubsw, if the sum of two products fits 16 bits

enum { bytes256_BYTES = 32 };
typedef __m256i bytes256_sums, bytes256_codes, bytes256_weights;
INLINE256 __m256i bytes256_zero(void) { return _mm256_setzero_si256(); }
INLINE256 __m256i bytes256_load_codes(const uint8_t *p) { return broadcast4_256(p); }
INLINE256 __m256i bytes256_load_weights(const uint8_t *p) { return load_256(p); }
INLINE256 __m256i bytes256_add(__m256i sums, __m256i codes, __m256i weights) {
  __m256i pairs = _mm256_maddubs_epi16(codes, weights);
  return _mm256_add_epi32(sums, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

// ---- products of 16 bits

enum { words256_BYTES = 64 };
typedef __m256i words256_sums;
typedef struct {
  __m256i even, odd;
} words256_codes, words256_weights;
INLINE256 __m256i words256_zero(void) { return _mm256_setzero_si256(); }
INLINE256 words256_codes words256_load_codes(const uint8_t *p) {
  __m256i four = broadcast4_256(p);
  return (words256_codes){_mm256_and_si256(four, _mm256_set1_epi16(255)),
                          _mm256_srli_epi16(four, 8)};
}
INLINE256 words256_weights words256_load_weights(const uint8_t *p) {
  return (words256_weights){load_256(p), load_256(p + 32)};
}
INLINE256 __m256i words256_add(__m256i sums, words256_codes codes, words256_weights weights) {
  sums = _mm256_add_epi32(sums, _mm256_madd_epi16(codes.even, weights.even));
  return _mm256_add_epi32(sums, _mm256_madd_epi16(codes.odd, weights.odd));
}

#endif
#endif
