// The types that the two halves of the TIFF decoder share: tiff.c reads tags, tiff_pixels.c pixels.
#ifndef CI_TIFF_H
#define CI_TIFF_H

#include <stddef.h>
#include <stdint.h>
#include <tiffio.h>

#define CI_TIFF_MOST_SAMPLES 8

typedef struct {
  const uint8_t *bytes;
  uint64_t count;
  uint64_t position;
} ci_tiff_source;

typedef enum {
  CI_TIFF_REFUSED,
  CI_TIFF_GREY,
  CI_TIFF_RGB,
  CI_TIFF_PALETTE,
  CI_TIFF_CMYK,
  /// Colours that libtiff converts to RGB.
  CI_TIFF_CONVERTED,
} ci_tiff_kind;

typedef struct {
  uint32_t width;
  uint32_t height;
  uint16_t bits;
  uint16_t samples;
  uint16_t format;
  uint16_t photometric;
  uint16_t compression;
  uint16_t orientation;
  int is_planar;
  int has_premultiplied_alpha;
  ci_tiff_kind kind;
} ci_tiff_layout;

/// Decodes the image to `pixels`, turned by its orientation. Returns 0, or -1 and a message.
int ci_tiff_read_pixels(
    TIFF *tiff, const ci_tiff_layout *layout, uint8_t *pixels, char *message);

#endif
