#include "CHashes.h"

// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
static const uint32_t round_constants[64] = {
    0x428A2F98, 0x71374491, 0xB5C0FBCF, 0xE9B5DBA5, 0x3956C25B, 0x59F111F1, 0x923F82A4, 0xAB1C5ED5,
    0xD807AA98, 0x12835B01, 0x243185BE, 0x550C7DC3, 0x72BE5D74, 0x80DEB1FE, 0x9BDC06A7, 0xC19BF174,
    0xE49B69C1, 0xEFBE4786, 0x0FC19DC6, 0x240CA1CC, 0x2DE92C6F, 0x4A7484AA, 0x5CB0A9DC, 0x76F988DA,
    0x983E5152, 0xA831C66D, 0xB00327C8, 0xBF597FC7, 0xC6E00BF3, 0xD5A79147, 0x06CA6351, 0x14292967,
    0x27B70A85, 0x2E1B2138, 0x4D2C6DFC, 0x53380D13, 0x650A7354, 0x766A0ABB, 0x81C2C92E, 0x92722C85,
    0xA2BFE8A1, 0xA81A664B, 0xC24B8B70, 0xC76C51A3, 0xD192E819, 0xD6990624, 0xF40E3585, 0x106AA070,
    0x19A4C116, 0x1E376C08, 0x2748774C, 0x34B0BCB5, 0x391C0CB3, 0x4ED8AA4A, 0x5B9CCA4F, 0x682E6FF3,
    0x748F82EE, 0x78A5636F, 0x84C87814, 0x8CC70208, 0x90BEFFFA, 0xA4506CEB, 0xBEF9A3F7, 0xC67178F2,
};

static inline uint32_t rotated(uint32_t word, int count) {
  return word >> count | word << (32 - count);
}

static inline uint32_t big_endian(const uint8_t *bytes) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void expand(const uint8_t *block, uint32_t words[64]) {
  for (int t = 0; t < 16; t++) words[t] = big_endian(block + 4 * t);
  for (int t = 16; t < 64; t++) {
    const uint32_t early = words[t - 15], late = words[t - 2];
    const uint32_t sigma0 = rotated(early, 7) ^ rotated(early, 18) ^ early >> 3;
    const uint32_t sigma1 = rotated(late, 17) ^ rotated(late, 19) ^ late >> 10;
    words[t] = words[t - 16] + sigma0 + words[t - 7] + sigma1;
  }
}

void ch_sha256_blocks_plain(uint32_t *state, const uint8_t *blocks, size_t count) {
  for (; count > 0; count--, blocks += 64) {
    uint32_t words[64];
    expand(blocks, words);
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
    for (int t = 0; t < 64; t++) {
      const uint32_t sum1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25);
      const uint32_t t1 = h + sum1 + ((e & f) ^ (~e & g)) + round_constants[t] + words[t];
      const uint32_t sum0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22);
      const uint32_t t2 = sum0 + ((a & b) ^ (a & c) ^ (b & c));
      h = g, g = f, f = e, e = d + t1;
      d = c, c = b, b = a, a = t1 + t2;
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d;
    state[4] += e, state[5] += f, state[6] += g, state[7] += h;
  }
}

#if defined(__x86_64__)
#include <immintrin.h>

__attribute__((target("sha,sse4.1"))) static void blocks_by_instructions(
    uint32_t *state, const uint8_t *blocks, size_t count) {
  const __m128i big_endian_words = _mm_set_epi64x(0x0C0D0E0F08090A0B, 0x0405060700010203);
  // The instructions want the words, from the highest lane down, as ABEF and CDGH.
  const __m128i cdab = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)state), 0xB1);
  const __m128i efgh = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(state + 4)), 0x1B);
  __m128i abef = _mm_alignr_epi8(cdab, efgh, 8);
  __m128i cdgh = _mm_blend_epi16(efgh, cdab, 0xF0);

  for (; count > 0; count--, blocks += 64) {
    const __m128i abef_before = abef, cdgh_before = cdgh;
    __m128i w[4];
#pragma clang loop unroll(full)
    for (int t = 0; t < 16; t++) {  // Four rounds each; w keeps the last sixteen words.
      if (t < 4) {
        const __m128i bytes = _mm_loadu_si128((const __m128i *)(blocks + 16 * t));
        w[t] = _mm_shuffle_epi8(bytes, big_endian_words);
      } else {
        const __m128i last = w[(t + 3) % 4];
        const __m128i seven_back = _mm_alignr_epi8(last, w[(t + 2) % 4], 4);
        const __m128i early = _mm_sha256msg1_epu32(w[t % 4], w[(t + 1) % 4]);
        w[t % 4] = _mm_sha256msg2_epu32(_mm_add_epi32(early, seven_back), last);
      }
      const __m128i constants = _mm_loadu_si128((const __m128i *)(round_constants + 4 * t));
      const __m128i sums = _mm_add_epi32(w[t % 4], constants);
      cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sums);
      abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sums, 0x0E));
    }
    abef = _mm_add_epi32(abef, abef_before);
    cdgh = _mm_add_epi32(cdgh, cdgh_before);
  }

  const __m128i feba = _mm_shuffle_epi32(abef, 0x1B);
  const __m128i dchg = _mm_shuffle_epi32(cdgh, 0xB1);
  _mm_storeu_si128((__m128i *)state, _mm_blend_epi16(feba, dchg, 0xF0));
  _mm_storeu_si128((__m128i *)(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}

void ch_sha256_blocks(uint32_t *state, const uint8_t *blocks, size_t count) {
  if (__builtin_cpu_supports("sha") && __builtin_cpu_supports("sse4.1")) {
    blocks_by_instructions(state, blocks, count);
  } else {
    ch_sha256_blocks_plain(state, blocks, count);
  }
}

#else

void ch_sha256_blocks(uint32_t *state, const uint8_t *blocks, size_t count) {
  ch_sha256_blocks_plain(state, blocks, count);
}

#endif
