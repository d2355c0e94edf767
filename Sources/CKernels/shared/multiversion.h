// MULTIVERSION compiles a function for AVX-512, AVX2 and the baseline and picks one when the program is
// loaded. Contraction of a·b + c into one rounding is off, so that the versions agree bit for bit.
#ifndef MULTIVERSION_H
#define MULTIVERSION_H

#pragma STDC FP_CONTRACT OFF

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WITHOUT_MULTIVERSION
#endif
#endif

#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(WITHOUT_MULTIVERSION)
#define MULTIVERSION \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define MULTIVERSION
#endif

#endif
