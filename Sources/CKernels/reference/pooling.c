// Max and mean pooling over planes.
#include <math.h>
#include <string.h>

#include "CReference.h"
#include "range.h"

void ck_max_pool(int planes, int height, int width, int kernel, int stride, int padding,
                 const float *src, float *dst) {
  int out_height = (height + 2 * padding - kernel) / stride + 1;
  int out_width = (width + 2 * padding - kernel) / stride + 1;
  for (int plane = 0; plane < planes; plane++, src += height * width) {
    for (int y = 0; y < out_height; y++) {
      range rows = under(y, height, kernel, stride, padding);
      for (int x = 0; x < out_width; x++) {
        range columns = under(x, width, kernel, stride, padding);
        float largest = -INFINITY;
        for (int in_y = rows.first; in_y < rows.end; in_y++)
          for (int in_x = columns.first; in_x < columns.end; in_x++) {
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
static int index_of_largest(const float *src, int width, range rows, range columns) {
  int best = rows.first * width + columns.first;
  for (int y = rows.first; y < rows.end; y++)
    for (int x = columns.first; x < columns.end; x++)
      if (src[y * width + x] > src[best]) best = y * width + x;
  return best;
}

void ck_max_pool_gradient(int planes, int height, int width, int kernel, int stride, int padding,
                          const float *src, const float *dst_gradient, float *src_gradient) {
  int out_height = (height + 2 * padding - kernel) / stride + 1;
  int out_width = (width + 2 * padding - kernel) / stride + 1;
  memset(src_gradient, 0, (size_t)planes * height * width * sizeof(float));
  for (int plane = 0; plane < planes; plane++) {
    for (int y = 0; y < out_height; y++)
      for (int x = 0; x < out_width; x++) {
        range rows = under(y, height, kernel, stride, padding);
        range columns = under(x, width, kernel, stride, padding);
        int best = index_of_largest(src, width, rows, columns);
        src_gradient[best] += *dst_gradient++;
      }
    src += height * width;
    src_gradient += height * width;
  }
}
