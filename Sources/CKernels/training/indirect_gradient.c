// The gradient with respect to the weights of a convolution between blocked activations: eight input
// channels against up to 32 outputs at once, pixel by pixel.
#include "CTraining.h"
#include "indirect.h"

enum { GRADIENT_ROWS = 8 };

void ck_window_pack(const ck_window *w, const float *weights, float *packed) {
  int area = w->kernel * w->kernel, channels = w->from.channels;
  for (int first = 0; first < w->to.channels;) {
    int block = output_block(w->to.channels, first);
    for (int channel = 0; channel < channels; channel += CHANNEL_BLOCK)
      for (int tap = 0; tap < area; tap++)
        for (int lane = 0; lane < CHANNEL_BLOCK; lane++)
          for (int i = 0; i < block; i++)
            *packed++ =
                weights[((size_t)(first + i) * channels + channel + lane) * area + tap];
    first += block;
  }
}

// A range of outputs along an axis.
typedef struct {
  int first, end;
} span;

// Returns the outputs for which a tap lies inside the map; offset is the tap's ky or kx minus the padding.
static span meeting(int offset, int stride, int extent, int out_extent) {
  int first = offset < 0 ? (-offset + stride - 1) / stride : 0;
  int end = offset < extent ? (extent - offset + stride - 1) / stride : 0;
  return (span){first, end < out_extent ? end : out_extent};
}

// sums (VECTORS, 8, 16) += Σ src × dst_gradient over the outputs of one image whose tap (ky, kx) is inside
// the map.
#define DEFINE_GRADIENT(NAME, VECTORS)                                                             \
  AVX512 static void NAME(const ck_window *w, int ky, int kx, const float *src,                    \
                          const float *dst_gradient, float *sums) {                                \
    channel_vector total[GRADIENT_ROWS][VECTORS];                                                  \
    UNROLLED for (int row = 0; row < GRADIENT_ROWS; row++)                                         \
      UNROLLED for (int v = 0; v < VECTORS; v++) total[row][v] =                                   \
          load_channels(sums + (v * GRADIENT_ROWS + row) * CHANNEL_BLOCK);                         \
    int dy = ky - w->padding, dx = kx - w->padding;                                                \
    span ys = meeting(dy, w->stride, w->from.height, w->to.height);                                \
    span xs = meeting(dx, w->stride, w->from.width, w->to.width);                                  \
    for (int y = ys.first; y < ys.end; y++) {                                                      \
      const float *pixel =                                                                         \
          src + blocked_pixel(&w->from, 0, y * w->stride + dy, xs.first * w->stride + dx);         \
      const float *gradient = dst_gradient + blocked_pixel(&w->to, 0, y, xs.first);                \
      for (int x = xs.first; x < xs.end; x++) {                                                    \
        channel_vector g[VECTORS];                                                                 \
        UNROLLED for (int v = 0; v < VECTORS; v++) g[v] =                                          \
            load_channels(gradient + v * blocked_map(&w->to));                                     \
        UNROLLED for (int row = 0; row < GRADIENT_ROWS; row++) {                                   \
          channel_vector p = (channel_vector)(pixel[row]);                                         \
          UNROLLED for (int v = 0; v < VECTORS; v++) total[row][v] =                               \
              __builtin_elementwise_fma(p, g[v], total[row][v]);                                   \
        }                                                                                          \
        pixel += (size_t)w->stride * CHANNEL_BLOCK;                                                \
        gradient += CHANNEL_BLOCK;                                                                 \
      }                                                                                            \
    }                                                                                              \
    UNROLLED for (int row = 0; row < GRADIENT_ROWS; row++)                                         \
      UNROLLED for (int v = 0; v < VECTORS; v++) store_channels(                                   \
          sums + (v * GRADIENT_ROWS + row) * CHANNEL_BLOCK, total[row][v]);                        \
  }

DEFINE_GRADIENT(gradient_32, 2)
DEFINE_GRADIENT(gradient_16, 1)

static void tap_gradient(const ck_window *w, int images, int group, int tap, const float *src,
                         size_t src_stride, const float *dst_gradient, size_t gradient_stride,
                         float *sums) {
  int lane = group * GRADIENT_ROWS;
  size_t channel = lane / CHANNEL_BLOCK * blocked_map(&w->from) + lane % CHANNEL_BLOCK;
  int vectors = w->to.channels / CHANNEL_BLOCK;
  for (int v = 0; v < vectors;) {
    int wide = v + 2 <= vectors;
    size_t outputs = v * blocked_map(&w->to);
    float *place = sums + (size_t)v * GRADIENT_ROWS * CHANNEL_BLOCK;
    for (int image = 0; image < images; image++)
      (wide ? gradient_32 : gradient_16)(w, tap / w->kernel, tap % w->kernel,
                                         src + image * src_stride + channel,
                                         dst_gradient + image * gradient_stride + outputs, place);
    v += wide ? 2 : 1;
  }
}

void ck_window_weights_gradient(const ck_window *w, int images, int first, int count,
                                const float *src, size_t src_stride, const float *dst_gradient,
                                size_t gradient_stride, float *sums) {
  int area = w->kernel * w->kernel;
  for (int group = first; group < first + count; group++)
    for (int tap = 0; tap < area; tap++)
      tap_gradient(w, images, group, tap, src, src_stride, dst_gradient, gradient_stride,
                   sums + ((size_t)group * area + tap) * GRADIENT_ROWS * w->to.channels);
}

void ck_window_unpack(const ck_window *w, const float *sums, float *weights_gradient) {
  int area = w->kernel * w->kernel, channels = w->from.channels, outs = w->to.channels;
  for (int out = 0; out < outs; out++)
    for (int channel = 0; channel < channels; channel++)
      for (int tap = 0; tap < area; tap++) {
        size_t tile = ((size_t)channel / GRADIENT_ROWS * area + tap) * (outs / CHANNEL_BLOCK) +
                      out / CHANNEL_BLOCK;
        *weights_gradient++ =
            sums[(tile * GRADIENT_ROWS + channel % GRADIENT_ROWS) * CHANNEL_BLOCK +
                 out % CHANNEL_BLOCK];
      }
}
