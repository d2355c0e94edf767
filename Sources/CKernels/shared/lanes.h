// Sums in sixteen lanes of doubles, which are added up in order at the end. Vector code of every width and
// plain code give the same bits.
#ifndef LANES_H
#define LANES_H

#include <stddef.h>

enum { LANES = 16 };

static inline double sum_of_lanes(const double lanes[LANES]) {
  double sum = 0;
  for (int lane = 0; lane < LANES; lane++) sum += lanes[lane];
  return sum;
}

// Returns the sum of TERM, an expression in INDEX, over 0 ≤ INDEX < COUNT.
#define SUM_IN_LANES(COUNT, INDEX, TERM)                       \
  do {                                                         \
    double lanes[LANES] = {0};                                 \
    size_t whole = (COUNT) - (COUNT) % LANES;                  \
    for (size_t first = 0; first < whole; first += LANES)      \
      for (size_t lane = 0; lane < LANES; lane++) {            \
        size_t INDEX = first + lane;                           \
        lanes[lane] += (double)(TERM);                         \
      }                                                        \
    for (size_t INDEX = whole; INDEX < (COUNT); INDEX++)       \
      lanes[INDEX - whole] += (double)(TERM);                  \
    return sum_of_lanes(lanes);                                \
  } while (0)

#endif
