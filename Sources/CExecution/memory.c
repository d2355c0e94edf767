#include <malloc.h>

#include "CExecution.h"

void ce_keep_freed_memory(void) {
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 256 << 20);
}

void ce_return_freed_memory(void) { malloc_trim(0); }
