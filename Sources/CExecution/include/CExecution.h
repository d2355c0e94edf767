// The family of instructions that kernels use, pauses for waiting threads, and the memory that malloc keeps.
#ifndef CEXECUTION_H
#define CEXECUTION_H

// ---- family.c

// Instructions that kernels are written or compiled for, the widest last: x86-64-v1, v3 and v4.
typedef enum { CE_PORTABLE, CE_AVX2, CE_AVX512 } ce_family;

// The outcome of the request in the environment variable MIXQ_ISA.
typedef enum { CE_NO_REQUEST, CE_HONOURED, CE_UNKNOWN_NAME, CE_UNSUPPORTED } ce_request;

// Returns the family that every kernel uses: the one that MIXQ_ISA names, or else the widest. It is chosen at
// load time.
ce_family ce_family_in_use(void);
// Returns the widest family that this processor supports.
ce_family ce_widest_family(void);
// Returns the outcome of the request. After CE_UNKNOWN_NAME and CE_UNSUPPORTED the widest family is in use,
// and the program must refuse to run.
ce_request ce_family_request(void);
// Returns "portable", "avx2" or "avx512".
const char *ce_family_name(ce_family family);

// Portable math: matrix products and convolutions in float32 add in one order on every processor, so that all
// families and all versions of BLAS agree to the bit. It is off at first and cannot be switched off again;
// switch it on before anything is computed.
int ce_has_portable_math(void);
void ce_use_portable_math(void);

// ---- dot.c

// Instructions that integer kernels are written for: those of a family, and dot products of bytes (VNNI) if
// the processor has them.
typedef enum {
  CE_DOT_PORTABLE,
  CE_DOT_AVX2,
  CE_DOT_AVX_VNNI,
  CE_DOT_AVX512,
  CE_DOT_AVX512_VNNI
} ce_dot;

// Returns the widest instructions that the family in use allows and the processor has.
ce_dot ce_dot_in_use(void);
// Returns 1 if this processor has these instructions, and else 0, regardless of the family in use.
int ce_has_dot(ce_dot dot);
// Returns "portable", "avx2", "avx-vnni", "avx512" or "avx512-vnni".
const char *ce_dot_name(ce_dot dot);

// ---- wait.c

// Lets the processor rest for a moment in a loop that waits for another thread.
void ce_pause(void);
// Offers the processor to other threads.
void ce_yield(void);

// ---- memory.c

// Makes malloc keep freed blocks of up to 32 MiB instead of giving them back to the kernel.
void ce_keep_freed_memory(void);

// Makes malloc give all blocks that it keeps back to the kernel.
void ce_return_freed_memory(void);

#endif
