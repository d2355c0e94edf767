#include "CMPI.h"

#ifndef MIXQ_MPI

int cm_is_built_in(void) { return 0; }
int cm_join(int *rank, int *count) {
  *rank = 0;
  *count = 1;
  return 0;
}
int cm_gather_sizes(int64_t own, int64_t *all) {
  all[0] = own;
  return 0;
}
int cm_gather(const void *own, int rank, int count, const int64_t *sizes, unsigned char *all) {
  (void)own, (void)rank, (void)count, (void)sizes, (void)all;
  return 1;
}
void cm_leave(void) {}

#else

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// Debian keeps the header of the chosen implementation in a folder of its own.
#if __has_include(<mpi.h>)
#include <mpi.h>
#else
#include <mpi/mpi.h>
#endif

int cm_is_built_in(void) { return 1; }

int cm_join(int *rank, int *count) {
  int level, code = MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &level);
  if (code != MPI_SUCCESS) return code;
  // A lost rank is an error of the next call, not the end of the process.
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  code = MPI_Comm_rank(MPI_COMM_WORLD, rank);
  return code != MPI_SUCCESS ? code : MPI_Comm_size(MPI_COMM_WORLD, count);
}

// Waits for `request` without taking a core from a rank that still computes.
static int await(MPI_Request *request) {
  for (long tests = 0;; tests++) {
    int done = 0, code = MPI_Test(request, &done, MPI_STATUS_IGNORE);
    if (code != MPI_SUCCESS || done) return code;
    if (tests < 1000) {
      sched_yield();
    } else {
      struct timespec pause = {.tv_nsec = tests < 20000 ? 50 * 1000 : 1000 * 1000};
      nanosleep(&pause, NULL);
    }
  }
}

int cm_gather_sizes(int64_t own, int64_t *all) {
  MPI_Request request;
  int code = MPI_Iallgather(&own, 1, MPI_INT64_T, all, 1, MPI_INT64_T, MPI_COMM_WORLD, &request);
  return code != MPI_SUCCESS ? code : await(&request);
}

// The largest number of bytes of a rank in one call, because MPI counts with int.
static const int64_t most_bytes = 16 << 20;

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

int cm_gather(const void *own, int rank, int count, const int64_t *sizes, unsigned char *all) {
  int64_t largest = 0;
  for (int i = 0; i < count; i++)
    if (sizes[i] > largest) largest = sizes[i];
  const int64_t room = smaller(largest, most_bytes);
  unsigned char *parts = malloc((size_t)(room * count) + 1);
  int *counts = malloc(2 * (size_t)count * sizeof *counts), *places = counts + count;
  int code = parts == NULL || counts == NULL ? MPI_ERR_NO_MEM : MPI_SUCCESS;
  for (int64_t start = 0; start < largest && code == MPI_SUCCESS; start += room) {
    for (int i = 0; i < count; i++) {
      const int64_t left = sizes[i] - start;
      counts[i] = left > 0 ? (int)smaller(left, room) : 0;
      places[i] = (int)(room * i);
    }
    code = MPI_Allgatherv((const unsigned char *)own + (counts[rank] > 0 ? start : 0), counts[rank],
                          MPI_BYTE, parts, counts, places, MPI_BYTE, MPI_COMM_WORLD);
    int64_t place = start;
    for (int i = 0; i < count && code == MPI_SUCCESS; i++) {
      memcpy(all + place, parts + room * i, (size_t)counts[i]);
      place += sizes[i];
    }
  }
  free(parts);
  free(counts);
  return code;
}

void cm_leave(void) { MPI_Finalize(); }

#endif
