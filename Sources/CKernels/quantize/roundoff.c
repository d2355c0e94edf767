// Roundoff errors of weights on several grids at once. Memory is read once, in runs that stay in the
// first-level cache while all grids are tried on them.
#include <float.h>

#include "CQuantize.h"
#include "lanes.h"
#include "multiversion.h"

enum { RUN = 64 * LANES };

static inline float magnitude(float x) { return x < 0 ? -x : x; }

// Returns x minus the nearest value on the grid. The limits are whole numbers, so clamping may come before
// rounding. Adding and subtracting 1.5·2²³ rounds half to even.
static inline float roundoff(float x, float scale, float inverse, float low, float high) {
  float code = x * inverse;
  code = code < low ? low : code;
  code = code > high ? high : code;
  return x - ((code + 12582912.0f) - 12582912.0f) * scale;
}

// lanes += TERM, an expression in `error` and i, over a run.
#define ADD_RUN(TERM)                                                     \
  do {                                                                    \
    float scale = grid->scale, inverse = 1.0f / scale;                    \
    float low = (float)-grid->zero_point;                                 \
    float high = (float)(grid->levels - 1 - grid->zero_point);            \
    size_t whole = count - count % LANES;                                 \
    for (size_t first = 0; first < whole; first += LANES)                 \
      for (size_t lane = 0; lane < LANES; lane++) {                       \
        size_t i = first + lane;                                          \
        float error = roundoff(src[i], scale, inverse, low, high);        \
        lanes[lane] += (double)(TERM);                                    \
      }                                                                   \
    for (size_t i = whole; i < count; i++) {                              \
      float error = roundoff(src[i], scale, inverse, low, high);          \
      lanes[i - whole] += (double)(TERM);                                 \
    }                                                                     \
  } while (0)

MULTIVERSION(static, void, add_squares,
             (size_t count, const float *src, const ck_grid *grid, double *lanes),
             (count, src, grid, lanes)) {
  ADD_RUN((double)error * (double)error);
}

MULTIVERSION(static, void, add_relative,
             (size_t count, const float *src, const float *weights, const ck_grid *grid,
              double *lanes),
             (count, src, weights, grid, lanes)) {
  ADD_RUN(magnitude(error) * weights[i]);
}

// weights = 1 / |src|, or 0 if src is 0. Returns the number of weights that are not 0.
MULTIVERSION(static, size_t, inverse_magnitudes,
             (size_t count, const float *src, float *weights),
             (count, src, weights)) {
  size_t zeros = 0;
  for (size_t i = 0; i < count; i++) {
    float size = magnitude(src[i]);
    weights[i] = size == 0 ? 0 : 1.0f / (size < FLT_MIN ? FLT_MIN : size);
    zeros += size == 0;
  }
  return count - zeros;
}

size_t ck_roundoff(size_t count, const float *src, int grids, const ck_grid *grid, int relative,
                   double *sums) {
  double lanes[CK_ROUNDOFF_GRIDS][LANES] = {{0}};
  float weights[RUN];
  size_t counted = 0;
  for (size_t start = 0; start < count; start += RUN) {
    size_t run = count - start < RUN ? count - start : RUN;
    counted += relative ? inverse_magnitudes(run, src + start, weights) : run;
    for (int g = 0; g < grids; g++)
      if (relative)
        add_relative(run, src + start, weights, &grid[g], lanes[g]);
      else
        add_squares(run, src + start, &grid[g], lanes[g]);
  }
  for (int g = 0; g < grids; g++) sums[g] = sum_of_lanes(lanes[g]);
  return counted;
}
