// MULTIVERSION(LINKAGE, RESULT, NAME, PARAMETERS, ARGUMENTS) { … } defines a function whose loops are compiled
// once for each family of instructions (CExecution.h); a call runs those of the family in use. Contraction of
// a·b + c into one rounding is off, so that all families agree bit for bit.
#ifndef MULTIVERSION_H
#define MULTIVERSION_H

#include "CExecution.h"

#pragma STDC FP_CONTRACT OFF

#define LOOPS static inline __attribute__((always_inline))

#if defined(__x86_64__)
#define MULTIVERSION(LINKAGE, RESULT, NAME, PARAMETERS, ARGUMENTS)                         \
  LOOPS RESULT NAME##_loops PARAMETERS;                                                    \
  __attribute__((target("arch=x86-64-v4,tune=x86-64"))) static RESULT NAME##_avx512 PARAMETERS {\
    return NAME##_loops ARGUMENTS;                                                         \
  }                                                                                        \
  __attribute__((target("arch=x86-64-v3,tune=x86-64"))) static RESULT NAME##_avx2 PARAMETERS {\
    return NAME##_loops ARGUMENTS;                                                         \
  }                                                                                        \
  static RESULT NAME##_portable PARAMETERS { return NAME##_loops ARGUMENTS; }              \
  LINKAGE RESULT NAME PARAMETERS {                                                         \
    switch (ce_family_in_use()) {                                                          \
      case CE_AVX512: return NAME##_avx512 ARGUMENTS;                                      \
      case CE_AVX2: return NAME##_avx2 ARGUMENTS;                                          \
      default: return NAME##_portable ARGUMENTS;                                           \
    }                                                                                      \
  }                                                                                        \
  LOOPS RESULT NAME##_loops PARAMETERS
#else
#define MULTIVERSION(LINKAGE, RESULT, NAME, PARAMETERS, ARGUMENTS) LINKAGE RESULT NAME PARAMETERS
#endif

#endif
