// Chooses among the families of kernels; no other file does.
#include <stdlib.h>
#include <string.h>

#include "CExecution.h"

enum { FAMILIES = CE_AVX512 + 1 };

static const char *const names[FAMILIES] = {"portable", "avx2", "avx512"};

static ce_family widest = CE_PORTABLE, in_use = CE_PORTABLE;
static ce_request request = CE_NO_REQUEST;
static int portable_math = 0;

static ce_family widest_of_processor(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  int has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                 __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
  int has_avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                   __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                   __builtin_cpu_supports("avx512vl");
  return has_avx2 && has_avx512 ? CE_AVX512 : has_avx2 ? CE_AVX2 : CE_PORTABLE;
#else
  return CE_PORTABLE;
#endif
}

__attribute__((constructor)) static void choose_family(void) {
  widest = in_use = widest_of_processor();
  const char *name = getenv("MIXQ_ISA");
  if (name == NULL) return;
  request = CE_UNKNOWN_NAME;
  for (int family = 0; family < FAMILIES; family++) {
    if (strcmp(name, names[family]) != 0) continue;
    request = family <= (int)widest ? CE_HONOURED : CE_UNSUPPORTED;
    if (request == CE_HONOURED) in_use = (ce_family)family;
  }
}

ce_family ce_family_in_use(void) { return in_use; }

ce_family ce_widest_family(void) { return widest; }

ce_request ce_family_request(void) { return request; }

int ce_has_portable_math(void) { return portable_math; }

void ce_use_portable_math(void) { portable_math = 1; }

const char *ce_family_name(ce_family family) { return names[family]; }
