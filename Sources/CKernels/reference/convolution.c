// Convolution as im2col + GEMM (Chellapilla et al., 2006), forward and backward side by side.
//
// A tile's columns (K×P, with K = C/groups·KH·KW patch entries and P output pixels) are laid out and
// multiplied by the weights (OC×K) at once. Tiles of one image write their output in place. Tiles of
// several small images write to scratch, and their rows are then copied to the images.
#include <string.h>

#include "CReference.h"
#include "columns.h"
#include "products.h"

enum { TILE_PIXELS = 512 };

static int rows_of_tile(const ck_convolution *c) {
  int rows = TILE_PIXELS / c->out_width;
  return rows < 1 ? 1 : minimum(rows, c->out_height);
}

static int images_of_tile(const ck_convolution *c) {
  int images = TILE_PIXELS / (c->out_height * c->out_width);
  return images < 1 ? 1 : images;
}

static int tiles_per_image(const ck_convolution *c) {
  int rows = rows_of_tile(c);
  return (c->out_height + rows - 1) / rows;
}

int ck_convolution_tiles(const ck_convolution *c, int images) {
  int group = images_of_tile(c);
  return group > 1 ? (images + group - 1) / group : images * tiles_per_image(c);
}

static tile_range range_of_tile(const ck_convolution *c, int images, int tile) {
  tile_range r;
  int group = images_of_tile(c);
  if (group > 1) {
    r.first_image = tile * group;
    r.images = minimum(group, images - r.first_image);
    r.first_row = 0;
    r.rows = c->out_height;
  } else {
    int per_image = tiles_per_image(c), rows = rows_of_tile(c);
    r.first_image = tile / per_image;
    r.images = 1;
    r.first_row = tile % per_image * rows;
    r.rows = minimum(rows, c->out_height - r.first_row);
  }
  r.pixels = r.images * r.rows * c->out_width;
  return r;
}

static int patch_size(const ck_convolution *c) {
  return c->in_channels / c->groups * c->kernel_height * c->kernel_width;
}

static size_t tile_pixels(const ck_convolution *c, int images) {
  int group = minimum(images_of_tile(c), images);
  return (size_t)group * rows_of_tile(c) * c->out_width;
}

size_t ck_convolution_scratch(const ck_convolution *c, int images) {
  size_t columns = (size_t)patch_size(c) * tile_pixels(c, images);
  size_t gathered = (size_t)c->out_channels / c->groups * tile_pixels(c, images);
  return columns + gathered;
}

// Returns 1 if the patches of a tile of one image are K rows of consecutive pixels in src.
static int is_pointwise(const ck_convolution *c) {
  return c->kernel_height == 1 && c->kernel_width == 1 && c->stride == 1 && c->padding == 0;
}

// Returns the place in (N,OC,OH,OW) at which a tile's pixels begin, in output channel `channel` of image
// `image` of the tile.
static size_t output_pixel(const ck_convolution *c, tile_range r, int image, int channel) {
  size_t plane = (size_t)(r.first_image + image) * c->out_channels + channel;
  return (plane * c->out_height + r.first_row) * c->out_width;
}

void ck_convolution_forward(const ck_convolution *c, int images, int tile, const float *src,
                            const float *weights, const float *bias, int relu, float *dst,
                            float *scratch) {
  tile_range r = range_of_tile(c, images, tile);
  int k = patch_size(c), rows = c->out_channels / c->groups;
  int plane = c->out_height * c->out_width, span = r.rows * c->out_width;
  float *product = scratch + (size_t)k * tile_pixels(c, images);
  for (int group = 0; group < c->groups; group++) {
    const float *columns = scratch;
    int columns_stride = r.pixels;
    if (is_pointwise(c) && r.images == 1) {
      size_t first = ((size_t)r.first_image * c->in_channels + (size_t)group * k) * plane;
      columns = src + first + (size_t)r.first_row * c->out_width;
      columns_stride = plane;
    } else {
      image_to_columns(c, r, group, src, scratch);
    }
    int first_channel = group * rows;
    float *out = r.images == 1 ? dst + output_pixel(c, r, 0, first_channel) : product;
    int out_stride = r.images == 1 ? plane : r.pixels;
    matrix_product(0, 0, rows, r.pixels, k, 1, weights + (size_t)first_channel * k, k, columns,
                   columns_stride, 0, out, out_stride);
    for (int row = 0; row < rows; row++)
      for (int i = 0; i < r.images; i++)
        ck_add_bias(span, bias ? bias[first_channel + row] : 0, relu,
                 out + (size_t)row * out_stride + (size_t)i * span,
                 dst + output_pixel(c, r, i, first_channel + row));
  }
}

// Returns the tile's output gradients as OC/groups rows of P pixels: in place for one image, else gathered.
static const float *gradient_rows(const ck_convolution *c, tile_range r, int first_channel,
                                  const float *dst_gradient, float *gathered, int *stride) {
  if (r.images == 1) {
    *stride = c->out_height * c->out_width;
    return dst_gradient + output_pixel(c, r, 0, first_channel);
  }
  int span = r.rows * c->out_width;
  for (int row = 0; row < c->out_channels / c->groups; row++)
    for (int i = 0; i < r.images; i++)
      memcpy(gathered + (size_t)row * r.pixels + (size_t)i * span,
             dst_gradient + output_pixel(c, r, i, first_channel + row),
             (size_t)span * sizeof(float));
  *stride = r.pixels;
  return gathered;
}

void ck_convolution_weights_gradient(const ck_convolution *c, int images, const float *src,
                                     const float *dst_gradient, float *weights_gradient,
                                     float *scratch) {
  int tiles = ck_convolution_tiles(c, images);
  int k = patch_size(c), rows = c->out_channels / c->groups;
  float *gathered = scratch + (size_t)k * tile_pixels(c, images);
  for (int tile = 0; tile < tiles; tile++) {
    tile_range r = range_of_tile(c, images, tile);
    for (int group = 0; group < c->groups; group++) {
      int stride;
      const float *gradient =
          gradient_rows(c, r, group * rows, dst_gradient, gathered, &stride);
      image_to_columns(c, r, group, src, scratch);
      // (OC×P) · (K×P)ᵀ
      matrix_product(0, 1, rows, k, r.pixels, 1, gradient, stride, scratch, r.pixels,
                     tile == 0 ? 0 : 1, weights_gradient + (size_t)group * rows * k, k);
    }
  }
}

void ck_convolution_src_gradient(const ck_convolution *c, int images, const float *weights,
                                 const float *dst_gradient, float *src_gradient, float *scratch) {
  int tiles = ck_convolution_tiles(c, images);
  int k = patch_size(c), rows = c->out_channels / c->groups;
  float *gathered = scratch + (size_t)k * tile_pixels(c, images);
  memset(src_gradient, 0,
         (size_t)images * c->in_channels * c->in_height * c->in_width * sizeof(float));
  for (int tile = 0; tile < tiles; tile++) {
    tile_range r = range_of_tile(c, images, tile);
    for (int group = 0; group < c->groups; group++) {
      int stride;
      const float *gradient =
          gradient_rows(c, r, group * rows, dst_gradient, gathered, &stride);
      // (OC×K)ᵀ · (OC×P)
      matrix_product(1, 0, k, r.pixels, rows, 1, weights + (size_t)group * rows * k, k, gradient,
                     stride, 0, scratch, r.pixels);
      columns_to_image(c, r, group, scratch, src_gradient);
    }
  }
}
