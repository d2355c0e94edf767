// The quantization error, with a limit for searches that only need to know if it is below the best so far.
#include "CQuantize.h"
#include "affine.h"
#include "approximate.h"
#include "lanes.h"
#include "multiversion.h"

enum { RUN = 16 * LANES };

static inline float power_error(float x, float scale, float zero, float top, float p) {
  float error = x - (code_of(x, scale, zero, top) - zero) * scale;
  return approximate_power(error < 0 ? -error : error, p);
}

MULTIVERSION(static, void, add_powers,
             (size_t count, const float *src, float scale, float zero, float top, float p,
              double *lanes),
             (count, src, scale, zero, top, p, lanes)) {
  size_t whole = count - count % LANES;
  for (size_t first = 0; first < whole; first += LANES)
    for (size_t lane = 0; lane < LANES; lane++)
      lanes[lane] += (double)power_error(src[first + lane], scale, zero, top, p);
  for (size_t i = whole; i < count; i++)
    lanes[i - whole] += (double)power_error(src[i], scale, zero, top, p);
}

double ck_quantization_error(size_t count, const float *src, float scale, int zero_point,
                             int levels, float p, double limit) {
  double lanes[LANES] = {0}, sum = 0;
  for (size_t start = 0; start < count && sum <= limit; start += RUN) {
    size_t run = count - start < RUN ? count - start : RUN;
    add_powers(run, src + start, scale, (float)zero_point, (float)(levels - 1), p, lanes);
    sum = sum_of_lanes(lanes);
  }
  return sum;
}
