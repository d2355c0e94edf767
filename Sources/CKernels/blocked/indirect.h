// Private to CKernels: the micro-kernel of blocked convolutions. It takes ROWS pixels (or Winograd tiles)
// and up to 64 output channels at once; the sums stay in registers.
#ifndef INDIRECT_H
#define INDIRECT_H

#include "blocked.h"
#include "blocks.h"

// The kernel uses 29 of 32 registers: 24 for sums, 4 for weights and one to broadcast a pixel.
enum { ROWS = 6 };

// Declares sums[row][v] = Σ over runs j and k < run_length of rows[row][offsets[j] + k] ·
// packed[j·run_length + k][v], for VECTORS blocks of sixteen outputs. If `ahead` is not 0, the floats at
// that distance from each row's run are prefetched.
#define ACCUMULATE(VECTORS, sums, rows, runs, run_length, offsets, packed, ahead)                 \
  channel_vector sums[ROWS][VECTORS];                                                             \
  UNROLLED for (int row = 0; row < ROWS; row++)                                                   \
      UNROLLED for (int v = 0; v < VECTORS; v++) sums[row][v] = (channel_vector)(0.0f);           \
  const float *weights = packed;                                                                  \
  for (int j = 0; j < (runs); j++) {                                                              \
    const float *pixels[ROWS];                                                                    \
    UNROLLED for (int row = 0; row < ROWS; row++) pixels[row] = rows[row] + (offsets)[j];         \
    if (ahead)                                                                                    \
      UNROLLED for (int row = 0; row < ROWS; row++) __builtin_prefetch(pixels[row] + (ahead));    \
    for (int k = 0; k < (run_length); k++, weights += VECTORS * CHANNEL_BLOCK) {                  \
      channel_vector w[VECTORS];                                                                  \
      UNROLLED for (int v = 0; v < VECTORS; v++) w[v] =                                           \
          load_channels(weights + v * CHANNEL_BLOCK);                                             \
      UNROLLED for (int row = 0; row < ROWS; row++) {                                             \
        channel_vector pixel = (channel_vector)(pixels[row][k]);                                  \
        UNROLLED for (int v = 0; v < VECTORS; v++) sums[row][v] =                                 \
            __builtin_elementwise_fma(pixel, w[v], sums[row][v]);                                 \
      }                                                                                           \
    }                                                                                             \
  }

#endif
