#ifndef CMPI_H
#define CMPI_H

#include <stdint.h>

// The few calls of MPI that ranks need. They are empty unless the package is built with the trait MPI.

/// Returns 1 if the program is built with MPI, and 0 otherwise.
int cm_is_built_in(void);

/// Joins the other ranks; returns 0, or the number of an MPI error.
int cm_join(int *rank, int *count);

/// Puts every rank's `own` into `all`, in the order of the ranks; returns 0, or the number of an MPI error.
///
/// A rank that waits for the others sleeps most of the time, because they may share its cores.
int cm_gather_sizes(int64_t own, int64_t *all);

/// Puts the bytes of every rank into `all`, in the order of the ranks; returns 0, or the number of an MPI error.
///
/// `sizes` holds the number of bytes of each rank.
int cm_gather(const void *own, int rank, int count, const int64_t *sizes, unsigned char *all);

/// Waits for the other ranks and ends the use of MPI.
void cm_leave(void);

#endif
