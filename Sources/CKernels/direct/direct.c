// Direct convolution for 3×3 kernels at stride 1 and padding 1. With few channels, im2col + GEMM spends
// most of its time copying. Here the right-hand rows of the GEMM are the source planes themselves, shifted.
//
// Padded planes have a column of zeros after each row and a row of zeros after each image: the pitch is W
// + 1, and an image has (H + 1) · (W + 1) positions. The pixel at tap (ky, kx) of position p is then at p +
// (ky − 1) · pitch + (kx − 1), also across the ends of rows. Results at positions of the padding have no
// meaning and are not copied to the output.
//
// In the convolution and the gradient of its input, every result is one chain of fused multiply-adds in a
// fixed order, so all vector widths agree bit for bit.
#include <string.h>

#include "CDirect.h"

enum { TAPS = 9, BLOCK = 8, LARGEST_VECTOR = 16, PANEL_FLOATS = 128 * 1024 };

// The positions of all padded images, and the zeros before the first image and after the last.
typedef struct {
  int pitch, image, positions, margin;
  size_t plane;
} padded_layout;

static padded_layout layout_of(int height, int width, int images) {
  padded_layout l;
  l.pitch = width + 1;
  l.image = (height + 1) * l.pitch;
  l.positions = images * l.image;
  l.margin = l.pitch + 1;
  l.plane = (size_t)l.positions + 2 * l.margin + 3 * LARGEST_VECTOR;
  return l;
}

// padded (channels, plane) ← src (images, channels, H, W).
static void pad(padded_layout l, int channels, int height, int width, int images, const float *src,
                float *padded) {
  for (int channel = 0; channel < channels; channel++) {
    float *plane = padded + (size_t)channel * l.plane;
    memset(plane, 0, l.plane * sizeof(float));
    for (int i = 0; i < images; i++)
      for (int y = 0; y < height; y++)
        memcpy(plane + l.margin + i * l.image + y * l.pitch,
               src + (((size_t)i * channels + channel) * height + y) * width,
               (size_t)width * sizeof(float));
  }
}

// A micro-kernel of the product: VECTORS vectors of LANES positions for ROWS output channels.
//   packed: (channels · TAPS, BLOCK) weights; source: the pixel of the first position in the first plane;
//   product: (ROWS, row_stride).
#define DEFINE_PRODUCT(NAME, LANES, ROWS, VECTORS, TARGET)                                         \
  TARGET static void NAME(int channels, size_t plane, int pitch, const float *packed,              \
                          const float *source, float *product, size_t row_stride) {                \
    typedef float vector __attribute__((ext_vector_type(LANES)));                                  \
    typedef float unaligned __attribute__((ext_vector_type(LANES), aligned(4)));                   \
    vector sums[ROWS][VECTORS];                                                                    \
    for (int row = 0; row < ROWS; row++)                                                           \
      for (int v = 0; v < VECTORS; v++) sums[row][v] = (vector)(0.0f);                             \
    for (int channel = 0; channel < channels; channel++, source += plane)                          \
      for (int ky = 0; ky < 3; ky++)                                                               \
        for (int kx = 0; kx < 3; kx++, packed += BLOCK) {                                          \
          const float *pixels = source + (ky - 1) * pitch + kx - 1;                                \
          vector values[VECTORS];                                                                  \
          for (int v = 0; v < VECTORS; v++) values[v] = *(const unaligned *)(pixels + v * LANES);     \
          for (int row = 0; row < ROWS; row++)                                                     \
            for (int v = 0; v < VECTORS; v++)                                                      \
              sums[row][v] = __builtin_elementwise_fma((vector)(packed[row]), values[v],           \
                                                       sums[row][v]);                              \
        }                                                                                          \
    for (int row = 0; row < ROWS; row++)                                                           \
      for (int v = 0; v < VECTORS; v++)                                                            \
        *(unaligned *)(product + row * row_stride + v * LANES) = sums[row][v];                        \
  }

// A micro-kernel of the weights' gradient: ROWS output channels against the nine taps of one source plane.
// Sums run over positions lane by lane, then over the lanes in order.
#define DEFINE_CORRELATION(NAME, LANES, ROWS, TARGET)                                              \
  TARGET static void NAME(int positions, int pitch, const float *gradient, size_t plane,           \
                          const float *source, float *taps, size_t row_stride) {                   \
    typedef float vector __attribute__((ext_vector_type(LANES)));                                  \
    typedef float unaligned __attribute__((ext_vector_type(LANES), aligned(4)));                   \
    vector sums[ROWS][TAPS];                                                                       \
    for (int row = 0; row < ROWS; row++)                                                           \
      for (int tap = 0; tap < TAPS; tap++) sums[row][tap] = (vector)(0.0f);                        \
    for (int p = 0; p < positions; p += LANES) {                                                   \
      vector rows[ROWS];                                                                           \
      for (int row = 0; row < ROWS; row++)                                                         \
        rows[row] = *(const unaligned *)(gradient + row * plane + p);                                 \
      for (int tap = 0; tap < TAPS; tap++) {                                                       \
        vector pixels = *(const unaligned *)(source + p + (tap / 3 - 1) * pitch + tap % 3 - 1);       \
        for (int row = 0; row < ROWS; row++)                                                       \
          sums[row][tap] = __builtin_elementwise_fma(rows[row], pixels, sums[row][tap]);           \
      }                                                                                            \
    }                                                                                              \
    for (int row = 0; row < ROWS; row++)                                                           \
      for (int tap = 0; tap < TAPS; tap++) {                                                       \
        float sum = 0;                                                                             \
        for (int lane = 0; lane < LANES; lane++) sum += sums[row][tap][lane];                      \
        taps[row * row_stride + tap] += sum;                                                       \
      }                                                                                            \
  }

#if defined(__x86_64__)
#define AVX512 __attribute__((target("avx512f,avx512vl,fma")))
#define AVX2 __attribute__((target("avx2,fma")))
DEFINE_PRODUCT(product_avx512, 16, 8, 3, AVX512)
DEFINE_PRODUCT(product_half_avx2, 8, 4, 3, AVX2)
DEFINE_CORRELATION(correlation_3_avx512, 16, 3, AVX512)
DEFINE_CORRELATION(correlation_1_avx512, 16, 1, AVX512)
DEFINE_CORRELATION(correlation_1_avx2, 16, 1, AVX2)
#endif

int ck_direct_applies(const ck_convolution *c, int images) {
  int widest = c->in_channels > c->out_channels ? c->in_channels : c->out_channels;
  return c->kernel_height == 3 && c->kernel_width == 3 && c->stride == 1 && c->padding == 1 &&
         c->groups == 1 && images > 1 && widest <= 128 && c->in_channels % BLOCK == 0 &&
         c->out_channels % BLOCK == 0 && ce_family_in_use() != CE_PORTABLE &&
         !ce_has_portable_math();
}

int ck_direct_images(const ck_convolution *c) {
  int widest = c->in_channels > c->out_channels ? c->in_channels : c->out_channels;
  int images = PANEL_FLOATS / (widest * layout_of(c->in_height, c->in_width, 1).image);
  return images < 1 ? 1 : images;
}

size_t ck_direct_scratch(const ck_convolution *c, int images) {
  int at_once = ck_direct_images(c);
  padded_layout l = layout_of(c->in_height, c->in_width, images < at_once ? images : at_once);
  int widest = c->in_channels > c->out_channels ? c->in_channels : c->out_channels;
  return l.plane * (c->in_channels + c->out_channels + BLOCK) + (size_t)widest * TAPS * BLOCK;
}

// product (BLOCK, plane) of one block of output channels at all positions.
static void multiply(ce_family family, padded_layout l, int channels, const float *packed,
                     const float *padded, float *product) {
#if defined(__x86_64__)
  const float *first = padded + l.margin;
  if (family == CE_AVX512) {
    for (int p = 0; p < l.positions; p += 48)
      product_avx512(channels, l.plane, l.pitch, packed, first + p, product + p, l.plane);
    return;
  }
  // Eight output channels at once need more registers than AVX2 has, so four are computed and then four more.
  for (int p = 0; p < l.positions; p += 24)
    for (int half = 0; half < BLOCK; half += 4)
      product_half_avx2(channels, l.plane, l.pitch, packed + half, first + p,
                        product + half * l.plane + p, l.plane);
#endif
}

// dst (N,OC,H,W), the rows of one output channel, ← its positions + bias, then max(0, ·) if relu.
static void unpack(const ck_convolution *c, padded_layout l, int images, int channels, int channel,
                   const float *positions, float bias, int relu, float *dst) {
  for (int i = 0; i < images; i++)
    for (int y = 0; y < c->in_height; y++)
      ck_add_bias(c->in_width, bias, relu, positions + i * l.image + y * l.pitch,
                  dst + (((size_t)i * channels + channel) * c->in_height + y) * c->in_width);
}

void ck_direct_forward(ce_family family, const ck_convolution *c, int images, const float *src,
                       const float *weights, const float *bias, int relu, float *dst,
                       float *scratch) {
  padded_layout l = layout_of(c->in_height, c->in_width, images);
  int k = c->in_channels * TAPS;
  float *product = scratch + l.plane * c->in_channels, *packed = product + l.plane * BLOCK;
  pad(l, c->in_channels, c->in_height, c->in_width, images, src, scratch);
  for (int block = 0; block < c->out_channels; block += BLOCK) {
    for (int entry = 0; entry < k; entry++)
      for (int row = 0; row < BLOCK; row++)
        packed[entry * BLOCK + row] = weights[(size_t)(block + row) * k + entry];
    multiply(family, l, c->in_channels, packed, scratch, product);
    for (int row = 0; row < BLOCK; row++)
      unpack(c, l, images, c->out_channels, block + row, product + row * l.plane,
             bias ? bias[block + row] : 0, relu, dst);
  }
}

void ck_direct_src_gradient(ce_family family, const ck_convolution *c, int images,
                            const float *weights, const float *dst_gradient, float *src_gradient,
                            float *scratch) {
  padded_layout l = layout_of(c->in_height, c->in_width, images);
  int k = c->in_channels * TAPS;
  float *product = scratch + l.plane * c->out_channels, *packed = product + l.plane * BLOCK;
  pad(l, c->out_channels, c->in_height, c->in_width, images, dst_gradient, scratch);
  for (int block = 0; block < c->in_channels; block += BLOCK) {
    // The transposed convolution is a convolution with the taps in reverse.
    for (int channel = 0; channel < c->out_channels; channel++)
      for (int tap = 0; tap < TAPS; tap++)
        for (int row = 0; row < BLOCK; row++)
          packed[(channel * TAPS + tap) * BLOCK + row] =
              weights[(size_t)channel * k + (block + row) * TAPS + TAPS - 1 - tap];
    multiply(family, l, c->out_channels, packed, scratch, product);
    for (int row = 0; row < BLOCK; row++)
      unpack(c, l, images, c->in_channels, block + row, product + row * l.plane, 0, 0,
             src_gradient);
  }
}

void ck_direct_weights_gradient(ce_family family, const ck_convolution *c, int images,
                                const float *src, const float *dst_gradient,
                                float *weights_gradient, float *scratch) {
  padded_layout l = layout_of(c->in_height, c->in_width, images);
  int k = c->in_channels * TAPS;
  float *gradients = scratch + l.plane * c->in_channels;
  pad(l, c->in_channels, c->in_height, c->in_width, images, src, scratch);
  pad(l, c->out_channels, c->in_height, c->in_width, images, dst_gradient, gradients);
#if defined(__x86_64__)
  int rows = family == CE_AVX512 ? 3 : 1;
  for (int channel = 0; channel < c->out_channels;) {
    int is_whole = channel + rows <= c->out_channels && rows == 3;
    for (int input = 0; input < c->in_channels; input++) {
      const float *gradient = gradients + channel * l.plane + l.margin;
      const float *source = scratch + input * l.plane + l.margin;
      float *taps = weights_gradient + (size_t)channel * k + input * TAPS;
      if (is_whole)
        correlation_3_avx512(l.positions, l.pitch, gradient, l.plane, source, taps, k);
      else if (rows == 3)
        correlation_1_avx512(l.positions, l.pitch, gradient, l.plane, source, taps, k);
      else
        correlation_1_avx2(l.positions, l.pitch, gradient, l.plane, source, taps, k);
    }
    channel += is_whole ? 3 : 1;
  }
#endif
}
