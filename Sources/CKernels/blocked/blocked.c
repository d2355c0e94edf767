// Conversion to and from blocked activations, and the operations on them that are not convolutions.
#include "blocked.h"

#include <string.h>

#include "multiversion.h"

int ck_has_blocked_kernels(void) {
  return ce_family_in_use() == CE_AVX512 && !ce_has_portable_math();
}

size_t ck_blocked_floats(const ck_blocked *b) {
  return b->channels / CHANNEL_BLOCK * blocked_map(b);
}

size_t ck_blocked_row(const ck_blocked *b) { return blocked_row(b); }

size_t ck_blocked_map(const ck_blocked *b) { return blocked_map(b); }

void ck_blocked_pack(const ck_blocked *b, const float *src, float *dst) {
  for (int channel = 0; channel < b->channels; channel++)
    for (int y = 0; y < b->height; y++) {
      float *pixel = dst + blocked_pixel(b, channel / CHANNEL_BLOCK, y, 0) + channel % CHANNEL_BLOCK;
      for (int x = 0; x < b->width; x++) pixel[(size_t)x * CHANNEL_BLOCK] = *src++;
    }
}

void ck_blocked_unpack(const ck_blocked *b, const float *src, float *dst) {
  for (int channel = 0; channel < b->channels; channel++)
    for (int y = 0; y < b->height; y++) {
      const float *pixel =
          src + blocked_pixel(b, channel / CHANNEL_BLOCK, y, 0) + channel % CHANNEL_BLOCK;
      for (int x = 0; x < b->width; x++) *dst++ = pixel[(size_t)x * CHANNEL_BLOCK];
    }
}

void ck_interleave(int channels, int height, int width, int padding, const float *src, float *dst) {
  size_t row = (size_t)(width + 2 * padding) * channels;
  for (int channel = 0; channel < channels; channel++)
    for (int y = 0; y < height; y++) {
      float *pixel = dst + (size_t)(y + padding) * row + (size_t)padding * channels + channel;
      for (int x = 0; x < width; x++) pixel[(size_t)x * channels] = *src++;
    }
}

AVX512 void ck_blocked_max_pool(const ck_blocked *from, const ck_blocked *to, const float *src,
                                float *dst) {
  for (int block = 0; block < to->channels / CHANNEL_BLOCK; block++)
    for (int y = 0; y < to->height; y++)
      for (int x = 0; x < to->width; x++) {
        // The border of zeros never wins, because no value is negative.
        const float *window = src + blocked_pixel(from, block, 2 * y - 1, 2 * x - 1);
        channel_vector largest = load_channels(window);
        for (int ky = 0; ky < 3; ky++)
          for (int kx = 0; kx < 3; kx++)
            largest = __builtin_elementwise_max(
                largest,
                load_channels(window + ky * blocked_row(from) + (size_t)kx * CHANNEL_BLOCK));
        store_channels(dst + blocked_pixel(to, block, y, x), largest);
      }
}

MULTIVERSION(extern, void, ck_blocked_mean_pool,
             (const ck_blocked *b, const float *src, float *dst),
             (b, src, dst)) {
  for (int block = 0; block < b->channels / CHANNEL_BLOCK; block++) {
    double sums[CHANNEL_BLOCK] = {0};
    for (int y = 0; y < b->height; y++)
      for (int x = 0; x < b->width; x++) {
        const float *pixel = src + blocked_pixel(b, block, y, x);
        for (int lane = 0; lane < CHANNEL_BLOCK; lane++) sums[lane] += (double)pixel[lane];
      }
    for (int lane = 0; lane < CHANNEL_BLOCK; lane++)
      *dst++ = (float)(sums[lane] / (b->height * b->width));
  }
}

void ck_blocked_subsample(const ck_blocked *from, const ck_blocked *to, int stride, int padding,
                          const float *src, float *dst) {
  for (int channel = 0; channel < to->channels; channel++) {
    int source = channel - padding;
    int is_there = source >= 0 && source < from->channels;
    for (int y = 0; y < to->height; y++) {
      float *pixel =
          dst + blocked_pixel(to, channel / CHANNEL_BLOCK, y, 0) + channel % CHANNEL_BLOCK;
      const float *row = is_there ? src + source % CHANNEL_BLOCK +
                                        blocked_pixel(from, source / CHANNEL_BLOCK, y * stride, 0)
                                  : 0;
      for (int x = 0; x < to->width; x++)
        pixel[(size_t)x * CHANNEL_BLOCK] = is_there ? row[(size_t)x * stride * CHANNEL_BLOCK] : 0;
    }
  }
}
