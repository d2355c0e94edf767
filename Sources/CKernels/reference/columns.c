// im2col (Chellapilla et al., 2006) and its reverse, a row of pixels at a time.
#include <string.h>

#include "columns.h"

// The output columns [*begin, *end) whose input column x·stride + offset lies inside the image.
static void inside(const ck_convolution *c, int offset, int *begin, int *end) {
  int first = offset >= 0 ? 0 : (-offset + c->stride - 1) / c->stride;
  int last = (c->in_width - 1 - offset) / c->stride;
  *begin = minimum(first, c->out_width);
  *end = c->in_width - 1 - offset < 0 ? *begin : minimum(last + 1, c->out_width);
  if (*end < *begin) *end = *begin;
}

// One output row of one patch entry: dst[x] = row[x·stride + offset], zero outside.
static void gather_row(const ck_convolution *c, const float *row, int offset, float *dst) {
  int begin, end;
  inside(c, offset, &begin, &end);
  for (int x = 0; x < begin; x++) dst[x] = 0;
  if (c->stride == 1) {
    memcpy(dst + begin, row + begin + offset, (size_t)(end - begin) * sizeof(float));
  } else {
    for (int x = begin; x < end; x++) dst[x] = row[x * c->stride + offset];
  }
  for (int x = end; x < c->out_width; x++) dst[x] = 0;
}

// The reverse: row[x·stride + offset] += src[x].
static void scatter_row(const ck_convolution *c, const float *src, int offset, float *row) {
  int begin, end;
  inside(c, offset, &begin, &end);
  for (int x = begin; x < end; x++) row[x * c->stride + offset] += src[x];
}

// Runs BODY for every (patch entry, image, output row) of a tile. The row of columns starts at `column`.
// The row of the image starts at `pixel` if `is_inside`; otherwise it lies in the padding.
#define FOR_EACH_PATCH_ROW(c, r, group, BODY)                                                \
  do {                                                                                       \
    int channels = (c)->in_channels / (c)->groups, width = (c)->out_width, entry = 0;        \
    for (int channel = 0; channel < channels; channel++)                                     \
      for (int ky = 0; ky < (c)->kernel_height; ky++)                                        \
        for (int kx = 0; kx < (c)->kernel_width; kx++, entry++)                              \
          for (int i = 0; i < (r).images; i++)                                               \
            for (int y = 0; y < (r).rows; y++) {                                             \
              int in_y = ((r).first_row + y) * (c)->stride + ky - (c)->padding;              \
              int offset = kx - (c)->padding;                                                \
              int is_inside = in_y >= 0 && in_y < (c)->in_height;                            \
              size_t plane = (size_t)((r).first_image + i) * (c)->in_channels +              \
                             (size_t)(group)*channels + channel;                             \
              size_t pixel = (plane * (c)->in_height + (is_inside ? in_y : 0)) * (c)->in_width; \
              size_t column = (size_t)entry * (r).pixels + (size_t)(i * (r).rows + y) * width; \
              BODY                                                                           \
            }                                                                                \
  } while (0)

void image_to_columns(const ck_convolution *c, tile_range r, int group, const float *src,
                      float *columns) {
  FOR_EACH_PATCH_ROW(c, r, group, {
    if (is_inside) {
      gather_row(c, src + pixel, offset, columns + column);
    } else {
      memset(columns + column, 0, (size_t)width * sizeof(float));
    }
  });
}

void columns_to_image(const ck_convolution *c, tile_range r, int group, const float *columns,
                      float *src_gradient) {
  FOR_EACH_PATCH_ROW(c, r, group, {
    if (is_inside) scatter_row(c, columns + column, offset, src_gradient + pixel);
  });
}
