// The plain twins of the integer convolutions: the truth that the fast ones are tested against.
#include "epilogue.h"

LOOPS int32_t dot(int count, const uint8_t *codes, const int16_t *weights) {
  int32_t sum = 0;
  for (int i = 0; i < count; i++) sum += codes[i] * weights[i];
  return sum;
}

MULTIVERSION(extern, void, ck_reference_integer_convolve,
             (const ck_integer_geometry *g, ck_region r, const uint8_t *src,
              const int16_t *weights, const ck_requantization *q, ck_output output),
             (g, r, src, weights, q, output)) {
  int run = g->kernel * g->from.channels;
  for (int image = 0; image < r.images; image++)
    for (int y = r.first_row; y < r.end_row; y++)
      for (int x = 0; x < g->to.width; x++) {
        const uint8_t *window =
            src + image * codes_image(&g->from) +
            codes_pixel(&g->from, y * g->stride - g->padding, x * g->stride - g->padding);
        for (int o = r.first_channel; o < r.end_channel; o++) {
          int32_t sum = 0;
          for (int ky = 0; ky < g->kernel; ky++)
            sum += dot(run, window + ky * codes_row(&g->from),
                       weights + ((size_t)o * g->kernel + ky) * run);
          finish_output(q, &output, place_of(&g->to, image, y, x), o, sum);
        }
      }
}

MULTIVERSION(extern, void, ck_reference_rgb,
             (const ck_rgb_geometry *g, ck_region r, const uint8_t *src, const int16_t *weights,
              const ck_requantization *q, ck_output output),
             (g, r, src, weights, q, output)) {
  int channels = g->from.channels, kernel = g->kernel;
  size_t row = ck_pixels_row(&g->from), plane = ck_pixels_bytes(&g->from) / channels;
  for (int image = 0; image < r.images; image++)
    for (int y = r.first_row; y < r.end_row; y++)
      for (int x = 0; x < g->to.width; x++) {
        const uint8_t *window = src + image * ck_pixels_bytes(&g->from) +
                                (size_t)y * g->stride * row + (size_t)x * g->stride;
        const float *bias =
            q->bias ? q->bias + (size_t)ck_rgb_class(g, y, x) * g->to.channels : 0;
        output_place at = place_of(&g->to, image, y, x);
        for (int o = r.first_channel; o < r.end_channel; o++) {
          int32_t sum = 0;
          float t = 0;
          for (int c = 0; c < channels; c++) {
            for (int ky = 0; ky < kernel; ky++)
              sum += dot(kernel, window + c * plane + ky * row,
                         weights + (((size_t)o * channels + c) * kernel + ky) * kernel);
            if (!g->apart && c + 1 < channels) continue;
            if (q->integer_bias && !g->apart) sum += q->integer_bias[o];
            float product = (float)sum * q->multipliers[g->apart ? c * g->to.channels + o : o];
            t = g->apart && c > 0 ? t + product : product;
            sum = 0;
          }
          if (bias) t += bias[o];
          put(q, &output, at, o, with_residual(q, at, o, t));
        }
      }
}
