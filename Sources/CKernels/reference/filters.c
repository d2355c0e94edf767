// Average pooling over windows and the fixed filter of anti-aliased networks, forward and backward.
#include <string.h>

#include "CReference.h"
#include "range.h"

void ck_average_pool(int planes, const ck_pool *p, const float *src, float *dst) {
  for (int plane = 0; plane < planes; plane++, src += p->height * p->width)
    for (int y = 0; y < p->out_height; y++)
      for (int x = 0; x < p->out_width; x++) {
        range rows = under(y, p->height, p->kernel, p->stride, p->padding);
        range columns = under(x, p->width, p->kernel, p->stride, p->padding);
        double sum = 0;
        for (int in_y = rows.first; in_y < rows.end; in_y++)
          for (int in_x = columns.first; in_x < columns.end; in_x++)
            sum += src[in_y * p->width + in_x];
        *dst++ = (float)(sum / ((rows.end - rows.first) * (columns.end - columns.first)));
      }
}

void ck_average_pool_gradient(int planes, const ck_pool *p, const float *dst_gradient,
                              float *src_gradient) {
  memset(src_gradient, 0, (size_t)planes * p->height * p->width * sizeof(float));
  for (int plane = 0; plane < planes; plane++, src_gradient += p->height * p->width)
    for (int y = 0; y < p->out_height; y++)
      for (int x = 0; x < p->out_width; x++) {
        range rows = under(y, p->height, p->kernel, p->stride, p->padding);
        range columns = under(x, p->width, p->kernel, p->stride, p->padding);
        float share = *dst_gradient++ /
                      (float)((rows.end - rows.first) * (columns.end - columns.first));
        for (int in_y = rows.first; in_y < rows.end; in_y++)
          for (int in_x = columns.first; in_x < columns.end; in_x++)
            src_gradient[in_y * p->width + in_x] += share;
      }
}

static const float binomial[3] = {0.25f, 0.5f, 0.25f};

// Returns the pixel that replaces one outside the map: its mirror image at the edge, which is not repeated.
static int mirrored(int index, int extent) {
  return index < 0 ? -index : index < extent ? index : 2 * extent - 2 - index;
}

void ck_blur(int planes, int height, int width, int stride, const float *src, float *dst) {
  int out_height = (height - 1) / stride + 1, out_width = (width - 1) / stride + 1;
  for (int plane = 0; plane < planes; plane++, src += height * width)
    for (int y = 0; y < out_height; y++)
      for (int x = 0; x < out_width; x++) {
        float sum = 0;
        for (int ky = 0; ky < 3; ky++) {
          const float *row = src + mirrored(y * stride + ky - 1, height) * width;
          for (int kx = 0; kx < 3; kx++)
            sum += binomial[ky] * binomial[kx] * row[mirrored(x * stride + kx - 1, width)];
        }
        *dst++ = sum;
      }
}

void ck_blur_gradient(int planes, int height, int width, int stride, const float *dst_gradient,
                      float *src_gradient) {
  int out_height = (height - 1) / stride + 1, out_width = (width - 1) / stride + 1;
  memset(src_gradient, 0, (size_t)planes * height * width * sizeof(float));
  for (int plane = 0; plane < planes; plane++, src_gradient += height * width)
    for (int y = 0; y < out_height; y++)
      for (int x = 0; x < out_width; x++, dst_gradient++)
        for (int ky = 0; ky < 3; ky++) {
          float *row = src_gradient + mirrored(y * stride + ky - 1, height) * width;
          for (int kx = 0; kx < 3; kx++)
            row[mirrored(x * stride + kx - 1, width)] +=
                binomial[ky] * binomial[kx] * *dst_gradient;
        }
}
