// AdaRound's soft rounding (Nagel et al., ICML 2020) as BRECQ uses it: rectified sigmoid, soft weights,
// and the gradient of reconstruction loss and rounding regulariser with respect to alpha.
#include "CKernels.h"
#include "approximate.h"
#include "multiversion.h"

static const float ZETA = 1.1f, GAMMA = -0.1f;

static inline float sigmoid(float alpha) { return 1.0f / (1.0f + approximate_exp(-alpha)); }

static inline float clamp(float x, float low, float high) {
  return x < low ? low : x > high ? high : x;
}

MULTIVERSION
static void soft_row(int columns, const float *floor, const float *alpha, float scale, float zero,
                     float top, float *soft) {
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

enum { LANES = 16 };

// d h / d alpha, and h itself: zero slope where the rectified sigmoid is clipped.
static inline float rectified_slope(float alpha, float *h) {
  float s = sigmoid(alpha), stretched = (ZETA - GAMMA) * s + GAMMA;
  *h = clamp(stretched, 0, 1);
  return stretched >= 0 && stretched <= 1 ? (ZETA - GAMMA) * s * (1.0f - s) : 0;
}

MULTIVERSION
static void gradient_row(int columns, const float *floor, const float *alpha, float scale,
                         float zero, float top, const float *soft_gradient,
                         float *alpha_gradient) {
  for (int i = 0; i < columns; i++) {
    float h, slope = rectified_slope(alpha[i], &h), code = floor[i] + h + zero;
    float passes = code >= 0 && code <= top ? scale : 0;
    alpha_gradient[i] = soft_gradient[i] * passes * slope;
  }
}

// alpha_gradient += lambda · d/d alpha (1 − |2h − 1|^beta); returns Σ (1 − |2h − 1|^beta).
MULTIVERSION
static double regularise_row(int columns, const float *alpha, float lambda, float beta,
                             float *alpha_gradient) {
  double lanes[LANES] = {0};
  for (int start = 0; start < columns; start += LANES) {
    int active = columns - start < LANES ? columns - start : LANES;
    for (int lane = 0; lane < active; lane++) {
      int i = start + lane;
      float h, slope = rectified_slope(alpha[i], &h), t = 2.0f * h - 1.0f;
      float magnitude = t < 0 ? -t : t;
      float power = approximate_power(magnitude, beta - 1.0f);
      float derivative = -2.0f * beta * power * slope;
      alpha_gradient[i] += lambda * (t < 0 ? -derivative : derivative);
      lanes[lane] += (double)(1.0f - power * magnitude);
    }
  }
  double sum = 0;
  for (int lane = 0; lane < LANES; lane++) sum += lanes[lane];
  return sum;
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
      regulariser += regularise_row(columns, alpha + first, lambda, beta, alpha_gradient + first);
  }
  return (double)lambda * regulariser;
}
