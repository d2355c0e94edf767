// What kernels run on: the family of instructions that they use, and the C library's memory.
#ifndef CEXECUTION_H
#define CEXECUTION_H

// ---- family.c

// Instructions that kernels are written or compiled for, the widest last: x86-64-v1, v3 and v4.
typedef enum { CE_PORTABLE, CE_AVX2, CE_AVX512 } ce_family;

// What the environment variable MIXQ_ISA asks for.
typedef enum { CE_NO_REQUEST, CE_HONOURED, CE_UNKNOWN_NAME, CE_UNSUPPORTED } ce_request;

// The family that every kernel uses: the one that MIXQ_ISA names, else the widest. Settled at load time.
ce_family ce_family_in_use(void);
// The widest that this processor has.
ce_family ce_widest_family(void);
// The widest is in use after CE_UNKNOWN_NAME and CE_UNSUPPORTED; whoever runs a program must refuse them.
ce_request ce_family_request(void);
// "portable", "avx2" or "avx512".
const char *ce_family_name(ce_family family);

// ---- memory.c

// Has malloc keep freed stretches of up to 32 MiB instead of giving them back to the kernel.
void ce_keep_freed_memory(void);

// Has malloc give all that it keeps back to the kernel.
void ce_return_freed_memory(void);

#endif
