// Reconstruction losses and their gradients with respect to the output.
#include "CKernels.h"
#include "approximate.h"
#include "multiversion.h"

enum { LANES = 16 };

static double sum_of_lanes(const double lanes[LANES]) {
  double sum = 0;
  for (int lane = 0; lane < LANES; lane++) sum += lanes[lane];
  return sum;
}

MULTIVERSION
double ck_squared_loss(size_t count, const float *output, const float *target,
                       const float *importance, float factor, float *gradient) {
  double lanes[LANES] = {0};
  for (size_t start = 0; start < count; start += LANES) {
    size_t active = count - start < LANES ? count - start : LANES;
    for (size_t lane = 0; lane < active; lane++) {
      size_t i = start + lane;
      float difference = output[i] - target[i];
      float weighted = importance ? importance[i] * difference : difference;
      gradient[i] = 2.0f * factor * weighted;
      lanes[lane] += (double)(weighted * difference);
    }
  }
  return sum_of_lanes(lanes);
}

MULTIVERSION
double ck_power_loss(size_t count, const float *output, const float *target, float p, float factor,
                     float *gradient) {
  double lanes[LANES] = {0};
  for (size_t start = 0; start < count; start += LANES) {
    size_t active = count - start < LANES ? count - start : LANES;
    for (size_t lane = 0; lane < active; lane++) {
      size_t i = start + lane;
      float difference = output[i] - target[i];
      float magnitude = difference < 0 ? -difference : difference;
      float slope = p * approximate_power(magnitude, p - 1.0f);
      gradient[i] = factor * (difference < 0 ? -slope : slope);
      lanes[lane] += (double)(slope * magnitude / p);
    }
  }
  return sum_of_lanes(lanes);
}
