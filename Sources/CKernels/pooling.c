// Max and mean pooling over planes.
#include <math.h>

#include "CKernels.h"

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
