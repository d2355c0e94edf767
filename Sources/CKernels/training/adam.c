// Adam (Kingma and Ba, 2015) as torch.optim.Adam computes it: √v is divided by √(1 − beta2^t) before
// epsilon is added.
#include <math.h>

#include "CTraining.h"
#include "multiversion.h"

MULTIVERSION(static, void, adam_update,
             (size_t count, float step_size, float correction, float beta1, float beta2,
              float epsilon, const float *gradient, float *first_moment, float *second_moment,
              float *parameters),
             (count, step_size, correction, beta1, beta2, epsilon, gradient, first_moment,
              second_moment, parameters)) {
  for (size_t i = 0; i < count; i++) {
    float g = gradient[i];
    float m = first_moment[i] + (g - first_moment[i]) * (1.0f - beta1);
    float v = second_moment[i] * beta2 + (1.0f - beta2) * g * g;
    first_moment[i] = m;
    second_moment[i] = v;
    parameters[i] -= step_size * m / (__builtin_sqrtf(v) / correction + epsilon);
  }
}

void ck_adam(size_t count, int step, float rate, float beta1, float beta2, float epsilon,
             const float *gradient, float *first_moment, float *second_moment, float *parameters) {
  double step_size = rate / (1.0 - pow(beta1, step));
  double correction = sqrt(1.0 - pow(beta2, step));
  adam_update(count, (float)step_size, (float)correction, beta1, beta2, epsilon, gradient,
              first_moment, second_moment, parameters);
}
