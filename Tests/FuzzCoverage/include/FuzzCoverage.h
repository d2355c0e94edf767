// Counts the edges of the program's control flow that have been reached, in builds whose compilers add
// -fsanitize-coverage=trace-pc-guard. The number stays 0 in other builds.
#ifndef FUZZ_COVERAGE_H
#define FUZZ_COVERAGE_H

#include <stdint.h>

uint64_t fuzz_edges(void);

#endif
