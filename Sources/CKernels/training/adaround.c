// AdaRound's soft rounding (Nagel et al., ICML 2020) as BRECQ uses it: rectified sigmoid, soft weights,
// and the gradient of reconstruction loss and rounding regulariser with respect to alpha.
#include "CTraining.h"
#include "approximate.h"
#include "lanes.h"
#include "multiversion.h"

static const float ZETA = 1.1f, GAMMA = -0.1f;

static inline float sigmoid(float alpha) { return 1.0f / (1.0f + approximate_exp(-alpha)); }

static inline float clamp(float x, float low, float high) {
  return x < low ? low : x > high ? high : x;
}

MULTIVERSION(static, void, soft_row,
             (int columns, const float *floor, const float *alpha, float scale, float zero,
              float top, float *soft),
             (columns, floor, alpha, scale, zero, top, soft)) {
  for (int i = 0; i < columns; i++) {
    float h = clamp((ZETA - GAMMA) * sigmoid(alpha[i]) + GAMMA, 0, 1);
    soft[i] = (clamp(floor[i] + h + zero, 0, top) - zero) * scale;
  }
}

void ck_soft_weights(int rows, int columns, const float *floor, const float *alpha,
                     const float *scale, const float *zero_point, int levels, float *soft) {
  for (int row = 0; row < rows; row++) {
    size_t first = (size_t)row * columns;
    soft_row(columns, floor + first, alpha + first, scale[row], zero_point[row],
             (float)(levels - 1), soft + first);
  }
}

// Returns d h / d alpha, which is zero if the rectified sigmoid is clipped, and stores h.
static inline float rectified_slope(float alpha, float *h) {
  float s = sigmoid(alpha), stretched = (ZETA - GAMMA) * s + GAMMA;
  *h = clamp(stretched, 0, 1);
  return stretched >= 0 && stretched <= 1 ? (ZETA - GAMMA) * s * (1.0f - s) : 0;
}

MULTIVERSION(static, void, gradient_row,
             (int columns, const float *floor, const float *alpha, float scale, float zero,
              float top, const float *soft_gradient, float *alpha_gradient),
             (columns, floor, alpha, scale, zero, top, soft_gradient, alpha_gradient)) {
  for (int i = 0; i < columns; i++) {
    float h, slope = rectified_slope(alpha[i], &h), code = floor[i] + h + zero;
    float passes = code >= 0 && code <= top ? scale : 0;
    alpha_gradient[i] = soft_gradient[i] * passes * slope;
  }
}

// Returns 1 − |2h − 1|^beta of one weight, and adds lambda times its gradient to alpha_gradient.
static inline float regularise(float alpha, float lambda, float beta, float *alpha_gradient) {
  float h, slope = rectified_slope(alpha, &h), t = 2.0f * h - 1.0f;
  float magnitude = t < 0 ? -t : t;
  float power = approximate_power(magnitude, beta - 1.0f);
  float descent = 2.0f * lambda * beta * power * slope;
  *alpha_gradient += t < 0 ? descent : -descent;
  return 1.0f - power * magnitude;
}

// alpha_gradient += lambda · d/d alpha (1 − |2h − 1|^beta); returns Σ (1 − |2h − 1|^beta).
MULTIVERSION(static, double, regularise_row,
             (size_t columns, const float *alpha, float lambda, float beta, float *alpha_gradient),
             (columns, alpha, lambda, beta, alpha_gradient)) {
  SUM_IN_LANES(columns, i, regularise(alpha[i], lambda, beta, &alpha_gradient[i]));
}

double ck_alpha_gradient(int rows, int columns, const float *floor, const float *alpha,
                         const float *scale, const float *zero_point, int levels, float lambda,
                         float beta, const float *soft_gradient, float *alpha_gradient) {
  double regulariser = 0;
  for (int row = 0; row < rows; row++) {
    size_t first = (size_t)row * columns;
    gradient_row(columns, floor + first, alpha + first, scale[row], zero_point[row],
                 (float)(levels - 1), soft_gradient + first, alpha_gradient + first);
    if (lambda != 0)
      regulariser += regularise_row((size_t)columns, alpha + first, lambda, beta, alpha_gradient + first);
  }
  return (double)lambda * regulariser;
}
