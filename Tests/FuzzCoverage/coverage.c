#include "FuzzCoverage.h"

static uint64_t edges = 0;

// The compiler gives every edge of a module a guard; a guard of 0 says that its edge was reached before.
void __sanitizer_cov_trace_pc_guard_init(uint32_t *start, uint32_t *stop) {
  for (uint32_t *guard = start; guard < stop; guard++) *guard = 1;
}

void __sanitizer_cov_trace_pc_guard(uint32_t *guard) {
  if (*guard == 0) return;
  *guard = 0;
  edges++;
}

uint64_t fuzz_edges(void) { return edges; }
