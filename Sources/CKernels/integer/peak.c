// The peak of byte dot products, with which kernels are compared: chains of sums in registers.
#include "CInteger.h"

#if defined(__x86_64__)
#include <immintrin.h>

enum { CHAINS = 24, NARROW_CHAINS = 12, ROUNDS = 1024 };

static volatile int32_t sink;

__attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni"))) static int64_t peak_vnni512(void) {
  __m512i sums[CHAINS], codes = _mm512_set1_epi8(1), weights = _mm512_set1_epi8(2);
  for (int i = 0; i < CHAINS; i++) sums[i] = _mm512_set1_epi32(i);
  for (int round = 0; round < ROUNDS; round++)
#pragma clang loop unroll(full)
    for (int i = 0; i < CHAINS; i++) sums[i] = _mm512_dpbusd_epi32(sums[i], codes, weights);
  int32_t total = 0;
  for (int i = 0; i < CHAINS; i++) total += _mm512_reduce_add_epi32(sums[i]);
  sink = total;
  return (int64_t)ROUNDS * CHAINS * 64;
}

__attribute__((target("avx2,avxvnni"))) static int64_t peak_vnni256(void) {
  __m256i sums[NARROW_CHAINS], codes = _mm256_set1_epi8(1), weights = _mm256_set1_epi8(2);
  for (int i = 0; i < NARROW_CHAINS; i++) sums[i] = _mm256_set1_epi32(i);
  for (int round = 0; round < ROUNDS; round++)
#pragma clang loop unroll(full)
    for (int i = 0; i < NARROW_CHAINS; i++)
      sums[i] = _mm256_dpbusd_avx_epi32(sums[i], codes, weights);
  int32_t total = 0;
  for (int i = 0; i < NARROW_CHAINS; i++) total += _mm256_extract_epi32(sums[i], 0);
  sink = total;
  return (int64_t)ROUNDS * NARROW_CHAINS * 32;
}

__attribute__((target("avx512f,avx512bw"))) static int64_t peak_madd512(void) {
  __m512i sums[CHAINS], codes = _mm512_set1_epi8(1), weights = _mm512_set1_epi8(2);
  __m512i ones = _mm512_set1_epi16(1);
  for (int i = 0; i < CHAINS; i++) sums[i] = _mm512_set1_epi32(i);
  for (int round = 0; round < ROUNDS; round++) {
    __asm__ volatile("" : "+v"(codes));
#pragma clang loop unroll(full)
    for (int i = 0; i < CHAINS; i++) {
      __asm__ volatile("" : "+v"(weights));
      __m512i pairs = _mm512_maddubs_epi16(codes, weights);
      sums[i] = _mm512_add_epi32(sums[i], _mm512_madd_epi16(pairs, ones));
    }
  }
  int32_t total = 0;
  for (int i = 0; i < CHAINS; i++) total += _mm512_reduce_add_epi32(sums[i]);
  sink = total;
  return (int64_t)ROUNDS * CHAINS * 64;
}

__attribute__((target("avx2"))) static int64_t peak_madd256(void) {
  __m256i sums[8], codes = _mm256_set1_epi8(1), weights = _mm256_set1_epi8(2);
  __m256i ones = _mm256_set1_epi16(1);
  for (int i = 0; i < 8; i++) sums[i] = _mm256_set1_epi32(i);
  for (int round = 0; round < ROUNDS; round++) {
    __asm__ volatile("" : "+x"(codes));
#pragma clang loop unroll(full)
    for (int i = 0; i < 8; i++) {
      __asm__ volatile("" : "+x"(weights));
      __m256i pairs = _mm256_maddubs_epi16(codes, weights);
      sums[i] = _mm256_add_epi32(sums[i], _mm256_madd_epi16(pairs, ones));
    }
  }
  int32_t total = 0;
  for (int i = 0; i < 8; i++) total += _mm256_extract_epi32(sums[i], 0);
  sink = total;
  return (int64_t)ROUNDS * 8 * 32;
}

int64_t ck_dot_peak(ce_dot dot) {
  switch (dot) {
    case CE_DOT_AVX512_VNNI: return peak_vnni512();
    case CE_DOT_AVX512: return peak_madd512();
    case CE_DOT_AVX_VNNI: return peak_vnni256();
    case CE_DOT_AVX2: return peak_madd256();
    default: return 0;
  }
}
#else
int64_t ck_dot_peak(ce_dot dot) {
  (void)dot;
  return 0;
}
#endif
