// Products of narrow integers: an instruction multiplies two words (s16 · s16) or four bytes (u8 · s8) per
// lane.
#include "panel_product.h"

#include <string.h>

#include "blocks.h"

#define INLINED static inline __attribute__((always_inline))

// MOST_ROWS rows at once use 29 of 32 registers: 24 for sums, 4 for weights and one for inputs.
enum { LANES_16 = 16, MOST_ROWS = 6 };

// ---- portable

INLINED uint32_t dot_words(const void *input, const void *weights) {
  const int16_t *a = input, *b = weights;
  return (uint32_t)(a[0] * b[0]) + (uint32_t)(a[1] * b[1]);
}

INLINED uint32_t dot_bytes(const void *input, const void *weights) {
  const uint8_t *a = input;
  const int8_t *b = weights;
  return (uint32_t)(a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3]);
}

#define DEFINE_PLAIN(NAME, DOT)                                                             \
  static void NAME(const panel_product *p) {                                                \
    for (int row = 0; row < p->rows; row++)                                                 \
      for (int first = 0; first < p->outputs; first += LANES_16) {                          \
        uint32_t sums[LANES_16] = {0};                                                      \
        if (p->start) memcpy(sums, p->start + first, sizeof sums);                          \
        for (int k = 0; k < p->depth; k++)                                                  \
          for (int lane = 0; lane < LANES_16; lane++)                                       \
            sums[lane] += DOT(p->inputs + row * p->input_row + 4 * k,                       \
                              p->panel + 4 * ((size_t)k * p->outputs + first + lane));      \
        memcpy(p->products + row * p->product_row + first, sums, sizeof sums);              \
      }                                                                                     \
  }

DEFINE_PLAIN(multiply_words_plain, dot_words)
DEFINE_PLAIN(multiply_bytes_plain, dot_bytes)

#if defined(__x86_64__)
#include <immintrin.h>

INLINED int32_t entry(const uint8_t *row, int k) {
  int32_t value;
  memcpy(&value, row + 4 * (size_t)k, sizeof value);
  return value;
}

// Defines NAME_rows and NAME_part, products with vectors of LANES lanes of 32 bits. DOT adds products to a
// sum.
#define DEFINE_VECTORS(NAME, TARGET, VECTOR, LANES, LOAD, STORE, BROADCAST, ZERO, DOT)            \
  __attribute__((target(TARGET))) INLINED void NAME##_rows(                                       \
      const panel_product *p, int first_row, int first, const int rows, const int vectors) {      \
    VECTOR sums[MOST_ROWS][4];                                                                    \
    UNROLLED for (int row = 0; row < rows; row++)                                                 \
      UNROLLED for (int v = 0; v < vectors; v++) sums[row][v] =                                   \
          p->start ? LOAD((const void *)(p->start + first + v * LANES)) : ZERO();                 \
    const uint8_t *inputs[MOST_ROWS];                                                             \
    UNROLLED for (int row = 0; row < rows; row++) inputs[row] =                                   \
        p->inputs + (first_row + row) * p->input_row;                                             \
    const uint8_t *weights = p->panel + 4 * (size_t)first;                                        \
    size_t step = 4 * (size_t)p->outputs;                                                         \
    for (int k = 0; k < p->depth; k++, weights += step) {                                         \
      VECTOR w[4];                                                                                \
      UNROLLED for (int v = 0; v < vectors; v++) w[v] =                                           \
          LOAD((const void *)(weights + 4 * v * LANES));                                          \
      UNROLLED for (int row = 0; row < rows; row++) {                                             \
        VECTOR input = BROADCAST(entry(inputs[row], k));                                          \
        UNROLLED for (int v = 0; v < vectors; v++) sums[row][v] = DOT(sums[row][v], input, w[v]); \
      }                                                                                           \
    }                                                                                             \
    UNROLLED for (int row = 0; row < rows; row++) {                                               \
      int32_t *place = p->products + (first_row + row) * p->product_row + first;                  \
      UNROLLED for (int v = 0; v < vectors; v++) STORE((void *)(place + v * LANES), sums[row][v]);\
    }                                                                                             \
  }                                                                                               \
  __attribute__((target(TARGET))) INLINED void NAME##_part(                                       \
      const panel_product *p, int first_row, int first, int rows, const int vectors) {            \
    switch (rows) {                                                                               \
      case 1: NAME##_rows(p, first_row, first, 1, vectors); break;                                \
      case 2: NAME##_rows(p, first_row, first, 2, vectors); break;                                \
      case 3: NAME##_rows(p, first_row, first, 3, vectors); break;                                \
      case 4: NAME##_rows(p, first_row, first, 4, vectors); break;                                \
      case 5: NAME##_rows(p, first_row, first, 5, vectors); break;                                \
      default: NAME##_rows(p, first_row, first, 6, vectors);                                      \
    }                                                                                             \
  }

// Cuts ROWS rows evenly into groups of at most AT_ONCE, and runs BODY for each group of COUNT rows from
// FIRST_ROW on.
#define EACH_GROUP(ROWS, AT_ONCE, FIRST_ROW, COUNT, BODY)                  \
  do {                                                                     \
    int groups = ((ROWS) + (AT_ONCE)-1) / (AT_ONCE);                       \
    for (int group = 0, FIRST_ROW = 0; group < groups; group++) {          \
      int COUNT = ((ROWS)-FIRST_ROW + groups - group - 1) / (groups - group); \
      BODY;                                                                \
      FIRST_ROW += COUNT;                                                  \
    }                                                                      \
  } while (0)

#define DEFINE_512(NAME, TARGET, DOT)                                                             \
  DEFINE_VECTORS(NAME, TARGET, __m512i, 16, _mm512_loadu_si512, _mm512_storeu_si512,              \
                 _mm512_set1_epi32, _mm512_setzero_si512, DOT)                                    \
  __attribute__((target(TARGET))) static void NAME(const panel_product *p) {                      \
    EACH_GROUP(p->rows, MOST_ROWS, row, count, {                                                  \
      if (p->outputs == 64)                                                                       \
        NAME##_part(p, row, 0, count, 4);                                                         \
      else if (p->outputs == 32)                                                                  \
        NAME##_part(p, row, 0, count, 2);                                                         \
      else                                                                                        \
        NAME##_part(p, row, 0, count, 1);                                                         \
    });                                                                                           \
  }

// There are sixteen registers, so four rows of two vectors are computed at once.
#define DEFINE_256(NAME, TARGET, DOT)                                                             \
  DEFINE_VECTORS(NAME, TARGET, __m256i, 8, _mm256_loadu_si256, _mm256_storeu_si256,               \
                 _mm256_set1_epi32, _mm256_setzero_si256, DOT)                                    \
  __attribute__((target(TARGET))) static void NAME(const panel_product *p) {                      \
    for (int first = 0; first < p->outputs; first += 16)                                          \
      EACH_GROUP(p->rows, 4, row, count, { NAME##_part(p, row, first, count, 2); });              \
  }

#define VNNI "avx512f,avx512bw,avx512vl,avx512vnni"
// Clang splits the intrinsic into a product and a sum, which take twice as long.
__attribute__((target(VNNI))) INLINED __m512i words_vnni(__m512i sum, __m512i input, __m512i w) {
  __asm__("vpdpwssd %2, %1, %0" : "+v"(sum) : "v"(input), "v"(w));
  return sum;
}

__attribute__((target("avx2,avxvnni"))) INLINED __m256i words_avx_vnni(__m256i sum, __m256i input,
                                                                       __m256i w) {
  __asm__("%{vex%} vpdpwssd %2, %1, %0" : "+x"(sum) : "x"(input), "x"(w));
  return sum;
}

#define BYTES_VNNI(sum, input, w) _mm512_dpbusd_epi32(sum, input, w)
#define WORDS_512(sum, input, w) _mm512_add_epi32(sum, _mm512_madd_epi16(input, w))
#define WORDS_256(sum, input, w) _mm256_add_epi32(sum, _mm256_madd_epi16(input, w))
#define BYTES_AVX_VNNI(sum, input, w) _mm256_dpbusd_avx_epi32(sum, input, w)

DEFINE_512(multiply_words_vnni, VNNI, words_vnni)
DEFINE_512(multiply_bytes_vnni, VNNI, BYTES_VNNI)
DEFINE_512(multiply_words_avx512, "avx512f,avx512bw,avx512vl", WORDS_512)
DEFINE_256(multiply_words_avx2, "avx2", WORDS_256)
DEFINE_256(multiply_words_avx_vnni, "avx2,avxvnni", words_avx_vnni)
DEFINE_256(multiply_bytes_avx_vnni, "avx2,avxvnni", BYTES_AVX_VNNI)
#endif

panel_multiply words_multiply(ce_dot dot) {
#if defined(__x86_64__)
  switch (dot) {
    case CE_DOT_AVX512_VNNI: return multiply_words_vnni;
    case CE_DOT_AVX512: return multiply_words_avx512;
    case CE_DOT_AVX_VNNI: return multiply_words_avx_vnni;
    case CE_DOT_AVX2: return multiply_words_avx2;
    default: break;
  }
#endif
  return multiply_words_plain;
}

panel_multiply bytes_multiply(ce_dot dot) {
#if defined(__x86_64__)
  if (dot == CE_DOT_AVX512_VNNI) return multiply_bytes_vnni;
  if (dot == CE_DOT_AVX_VNNI) return multiply_bytes_avx_vnni;
#endif
  return multiply_bytes_plain;
}
