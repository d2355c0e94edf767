// Reconstruction losses and their gradients with respect to the output.
#include "CTraining.h"
#include "approximate.h"
#include "lanes.h"
#include "multiversion.h"

// Returns importance · (output − target)²; gradient is factor times its derivative with respect to the output.
static inline float squared_term(float output, float target, float importance, float factor,
                                 float *gradient) {
  float difference = output - target, weighted = importance * difference;
  *gradient = 2.0f * factor * weighted;
  return weighted * difference;
}

MULTIVERSION(static, double, plain_squared_loss,
             (size_t count, const float *output, const float *target, float factor,
              float *gradient),
             (count, output, target, factor, gradient)) {
  SUM_IN_LANES(count, i, squared_term(output[i], target[i], 1.0f, factor, &gradient[i]));
}

MULTIVERSION(static, double, weighted_squared_loss,
             (size_t count, const float *output, const float *target, const float *importance,
              float factor, float *gradient),
             (count, output, target, importance, factor, gradient)) {
  SUM_IN_LANES(count, i, squared_term(output[i], target[i], importance[i], factor, &gradient[i]));
}

double ck_squared_loss(size_t count, const float *output, const float *target,
                       const float *importance, float factor, float *gradient) {
  return importance
             ? weighted_squared_loss(count, output, target, importance, factor, gradient)
             : plain_squared_loss(count, output, target, factor, gradient);
}

static inline float power_term(float output, float target, float p, float factor,
                               float *gradient) {
  float difference = output - target;
  float magnitude = difference < 0 ? -difference : difference;
  float power = approximate_power(magnitude, p - 1.0f);
  *gradient = factor * p * (difference < 0 ? -power : power);
  return power * magnitude;
}

MULTIVERSION(extern, double, ck_power_loss,
             (size_t count, const float *output, const float *target, float p, float factor,
              float *gradient),
             (count, output, target, p, factor, gradient)) {
  SUM_IN_LANES(count, i, power_term(output[i], target[i], p, factor, &gradient[i]));
}
