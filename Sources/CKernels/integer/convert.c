// Conversions between codes and floats, and between the two layouts of floats.
#include <string.h>

#include "blocked.h"
#include "epilogue.h"

MULTIVERSION(extern, void, ck_codes_from_planes,
             (const ck_codes *c, int channels, const float *src, float scale, int zero_point,
              int levels, uint8_t *dst),
             (c, channels, src, scale, zero_point, levels, dst)) {
  size_t plane = (size_t)c->height * c->width;
  for (int y = 0; y < c->height; y++)
    for (int x = 0; x < c->width; x++) {
      uint8_t *pixel = dst + codes_pixel(c, y, x);
      const float *values = src + (size_t)y * c->width + x;
      for (int i = 0; i < channels; i++)
        pixel[i] = stored_code(
            code_of(values[i * plane], scale, (float)zero_point, (float)(levels - 1)));
      memset(pixel + channels, 0, c->channels - channels);
    }
}

MULTIVERSION(extern, void, ck_planes_from_codes,
             (const ck_codes *c, int channels, const uint8_t *src, float scale, int zero_point,
              float *dst),
             (c, channels, src, scale, zero_point, dst)) {
  for (int i = 0; i < channels; i++)
    for (int y = 0; y < c->height; y++) {
      const uint8_t *row = src + codes_pixel(c, y, 0) + i;
      for (int x = 0; x < c->width; x++)
        *dst++ = (float)(row[(size_t)x * c->channels] - zero_point) * scale;
    }
}

static ck_blocked blocked_of(const ck_codes *c) {
  return (ck_blocked){c->channels, c->height, c->width};
}

MULTIVERSION(extern, void, ck_codes_from_blocked,
             (const ck_codes *c, const float *src, float scale, int zero_point, int levels,
              uint8_t *dst),
             (c, src, scale, zero_point, levels, dst)) {
  ck_blocked b = blocked_of(c);
  for (int block = 0; block < c->channels / CODES_BLOCK; block++)
    for (int y = 0; y < c->height; y++)
      for (int x = 0; x < c->width; x++) {
        uint8_t *restrict pixel = dst + codes_pixel(c, y, x) + block * CODES_BLOCK;
        const float *restrict values = src + blocked_pixel(&b, block, y, x);
        for (int i = 0; i < CODES_BLOCK; i++)
          pixel[i] =
              stored_code(code_of(values[i], scale, (float)zero_point, (float)(levels - 1)));
      }
}

MULTIVERSION(extern, void, ck_blocked_from_codes,
             (const ck_codes *c, const uint8_t *src, float scale, int zero_point, float *dst),
             (c, src, scale, zero_point, dst)) {
  ck_blocked b = blocked_of(c);
  for (int block = 0; block < c->channels / CODES_BLOCK; block++)
    for (int y = 0; y < c->height; y++)
      for (int x = 0; x < c->width; x++) {
        const uint8_t *restrict pixel = src + codes_pixel(c, y, x) + block * CODES_BLOCK;
        float *restrict values = dst + blocked_pixel(&b, block, y, x);
        for (int i = 0; i < CODES_BLOCK; i++) values[i] = (float)(pixel[i] - zero_point) * scale;
      }
}

void ck_sums_from_planes(const ck_codes *c, int channels, const float *src, float *dst) {
  size_t plane = (size_t)c->height * c->width;
  for (size_t pixel = 0; pixel < plane; pixel++, dst += c->channels) {
    for (int i = 0; i < channels; i++) dst[i] = src[i * plane + pixel];
    for (int i = channels; i < c->channels; i++) dst[i] = 0;
  }
}

void ck_planes_from_sums(const ck_codes *c, int channels, const float *src, float *dst) {
  size_t plane = (size_t)c->height * c->width;
  for (int i = 0; i < channels; i++)
    for (size_t pixel = 0; pixel < plane; pixel++)
      *dst++ = src[pixel * c->channels + i];
}
