// Max and mean pooling over planes.
#include <math.h>
#include <string.h>

#include "CReference.h"

void ck_max_pool(int planes, int height, int width, int kernel, int stride, int padding,
                 const float *src, float *dst) {
  int out_height = (height + 2 * padding - kernel) / stride + 1;
  int out_width = (width + 2 * padding - kernel) / stride + 1;
  for (int plane = 0; plane < planes; plane++, src += height * width) {
    for (int y = 0; y < out_height; y++) {
      int top = y * stride - padding, bottom = top + kernel;
      if (top < 0) top = 0;
      if (bottom > height) bottom = height;
      for (int x = 0; x < out_width; x++) {
        int left = x * stride - padding, right = left + kernel;
        if (left < 0) left = 0;
        if (right > width) right = width;
        float largest = -INFINITY;
        for (int in_y = top; in_y < bottom; in_y++)
          for (int in_x = left; in_x < right; in_x++) {
            float value = src[in_y * width + in_x];
            largest = value > largest ? value : largest;
          }
        *dst++ = largest;
      }
    }
  }
}

void ck_mean_pool(int planes, int plane_size, const float *src, float *dst) {
  for (int plane = 0; plane < planes; plane++, src += plane_size) {
    double sum = 0;
    for (int i = 0; i < plane_size; i++) sum += src[i];
    dst[plane] = (float)(sum / plane_size);
  }
}

// Returns the index in its plane of the first largest pixel of a window.
static int index_of_largest(const float *src, int width, int top, int bottom, int left, int right) {
  int best = top * width + left;
  for (int y = top; y < bottom; y++)
    for (int x = left; x < right; x++)
      if (src[y * width + x] > src[best]) best = y * width + x;
  return best;
}

static int clamp(int value, int low, int high) {
  return value < low ? low : value > high ? high : value;
}

void ck_max_pool_gradient(int planes, int height, int width, int kernel, int stride, int padding,
                          const float *src, const float *dst_gradient, float *src_gradient) {
  int out_height = (height + 2 * padding - kernel) / stride + 1;
  int out_width = (width + 2 * padding - kernel) / stride + 1;
  memset(src_gradient, 0, (size_t)planes * height * width * sizeof(float));
  for (int plane = 0; plane < planes; plane++) {
    for (int y = 0; y < out_height; y++)
      for (int x = 0; x < out_width; x++) {
        int top = y * stride - padding, left = x * stride - padding;
        int best = index_of_largest(src, width, clamp(top, 0, height),
                                    clamp(top + kernel, 0, height), clamp(left, 0, width),
                                    clamp(left + kernel, 0, width));
        src_gradient[best] += *dst_gradient++;
      }
    src += height * width;
    src_gradient += height * width;
  }
}
