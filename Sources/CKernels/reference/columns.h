// Private to CKernels: the patches of a tile of a convolution, laid out as columns.
#ifndef COLUMNS_H
#define COLUMNS_H

#include "CReference.h"

static inline int minimum(int a, int b) { return a < b ? a : b; }

// Images [first_image, first_image + images), output rows [first_row, first_row + rows).
typedef struct {
  int first_image, images, first_row, rows, pixels;
} tile_range;

// columns (K×P) of a tile, for one group of channels, from src (N,C,H,W).
void image_to_columns(const ck_convolution *c, tile_range r, int group, const float *src,
                      float *columns);
// The reverse: src_gradient (N,C,H,W) += columns (K×P) of a tile.
void columns_to_image(const ck_convolution *c, tile_range r, int group, const float *columns,
                      float *src_gradient);

#endif
