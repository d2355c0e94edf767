// Chooses the instructions of integer kernels inside a family.
#include "CExecution.h"

static const char *const names[] = {"portable", "avx2", "avx-vnni", "avx512", "avx512-vnni"};

// Returns the narrowest family that has these instructions.
static ce_family family_of(ce_dot dot) {
  return dot >= CE_DOT_AVX512 ? CE_AVX512 : dot >= CE_DOT_AVX2 ? CE_AVX2 : CE_PORTABLE;
}

int ce_has_dot(ce_dot dot) {
  if (family_of(dot) > ce_widest_family()) return 0;
#if defined(__x86_64__)
  if (dot == CE_DOT_AVX_VNNI) return __builtin_cpu_supports("avxvnni") != 0;
  if (dot == CE_DOT_AVX512_VNNI) return __builtin_cpu_supports("avx512vnni") != 0;
#endif
  return 1;
}

ce_dot ce_dot_in_use(void) {
  int dot = CE_DOT_AVX512_VNNI;
  while (dot > CE_DOT_PORTABLE &&
         (family_of((ce_dot)dot) > ce_family_in_use() || !ce_has_dot((ce_dot)dot)))
    dot -= 1;
  return (ce_dot)dot;
}

const char *ce_dot_name(ce_dot dot) { return names[dot]; }
