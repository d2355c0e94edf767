// The patches of a convolution's windows as columns, and the same rectangle of every map.
#include <string.h>

#include "CReference.h"

static float pixel(int height, int width, int y, int x, const float *plane) {
  return y >= 0 && y < height && x >= 0 && x < width ? plane[y * width + x] : 0;
}

void ck_patches(const ck_convolution *c, int windows, const int32_t *tops, const int32_t *lefts,
                const float *src, size_t row_stride, float *columns) {
  int height = c->in_height, width = c->in_width;
  for (int channel = 0; channel < c->in_channels; channel++, src += height * width)
    for (int ky = 0; ky < c->kernel_height; ky++)
      for (int kx = 0; kx < c->kernel_width; kx++, columns += row_stride)
        for (int i = 0; i < windows; i++)
          columns[i] = pixel(height, width, tops[i] + ky, lefts[i] + kx, src);
}

void ck_crop(int images, int channels, int height, int width, int top, int left, int rows,
             int columns, const float *src, float *dst) {
  src += (size_t)top * width + left;
  for (int channel = 0; channel < channels; channel++)
    for (int image = 0; image < images; image++)
      for (int row = 0; row < rows; row++, dst += columns)
        memcpy(dst, src + (((size_t)image * channels + channel) * height + row) * width,
               columns * sizeof(float));
}
