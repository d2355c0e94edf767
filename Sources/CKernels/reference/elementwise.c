// Elementwise operations between the matrix products, and the dot product.
#include "CReference.h"
#include "lanes.h"
#include "multiversion.h"

MULTIVERSION(extern, void, ck_relu,
             (size_t count, float *values),
             (count, values)) {
  for (size_t i = 0; i < count; i++) values[i] = values[i] > 0 ? values[i] : 0;
}

MULTIVERSION(extern, void, ck_add_bias,
             (int count, float bias, int relu, const float *src, float *dst),
             (count, bias, relu, src, dst)) {
  if (relu) {
    for (int i = 0; i < count; i++) {
      float value = src[i] + bias;
      dst[i] = value > 0 ? value : 0;
    }
  } else {
    for (int i = 0; i < count; i++) dst[i] = src[i] + bias;
  }
}

MULTIVERSION(extern, void, ck_add,
             (size_t count, const float *other, float *values),
             (count, other, values)) {
  for (size_t i = 0; i < count; i++) values[i] += other[i];
}

MULTIVERSION(extern, void, ck_add_relu,
             (size_t count, const float *other, float *values),
             (count, other, values)) {
  for (size_t i = 0; i < count; i++) {
    float sum = values[i] + other[i];
    values[i] = sum > 0 ? sum : 0;
  }
}

MULTIVERSION(extern, void, ck_relu_gradient,
             (size_t count, const float *output, float *gradient),
             (count, output, gradient)) {
  for (size_t i = 0; i < count; i++) gradient[i] = output[i] > 0 ? gradient[i] : 0;
}

MULTIVERSION(static, void, scale_shift_plane,
             (int count, float scale, float shift, float *values),
             (count, scale, shift, values)) {
  for (int i = 0; i < count; i++) values[i] = values[i] * scale + shift;
}

void ck_scale_shift(int planes, int channels, int plane_size, const float *scale,
                    const float *shift, float *values) {
  for (int plane = 0; plane < planes; plane++, values += plane_size)
    scale_shift_plane(plane_size, scale[plane % channels], shift[plane % channels], values);
}

MULTIVERSION(extern, double, ck_dot,
             (size_t count, const float *a, const float *b),
             (count, a, b)) {
  SUM_IN_LANES(count, i, (double)a[i] * (double)b[i]);
}
