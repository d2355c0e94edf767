// Starts the program without OpenBLAS's threads if the address space is limited (ulimit -v).
//
// When it is loaded, OpenBLAS makes a thread per core with a buffer of 128 MiB each, and tries for ever to
// get buffers that the limit forbids. mixq uses none of these threads. OpenBLAS reads the variable that
// prevents them before main, so the program starts itself once more with the variable.
#define _GNU_SOURCE
#include <alloca.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "CStart.h"

static char one_thread[] = "OPENBLAS_NUM_THREADS=1";

static void limit_blas(int count, char **arguments, char **environment) {
  (void)count;
  struct rlimit limit;
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return;
  size_t variables = 0;
  for (; environment[variables] != NULL; variables++)
    if (strcmp(environment[variables], one_thread) == 0) return;
  char **longer = alloca((variables + 2) * sizeof *longer);
  // If a variable occurs twice, the first one counts.
  longer[0] = one_thread;
  memcpy(longer + 1, environment, (variables + 1) * sizeof *longer);
  execve("/proc/self/exe", arguments, longer);
}

// The loader calls these functions before the libraries' constructors.
__attribute__((section(".preinit_array"), used)) static void (*start)(int, char **, char **) = limit_blas;
