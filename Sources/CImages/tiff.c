// The first image of a TIFF file. Samples are read strip by strip or tile by tile.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tiffio.h>

#include "CImages.h"
#include "tiff.h"

/// Reports the first error only, because later ones follow from it.
static int keep_message(
    TIFF *tiff, void *data, const char *module, const char *format, va_list arguments) {
  (void)tiff;
  (void)module;
  char *message = data;
  if (!message[0]) vsnprintf(message, CI_MESSAGE_SIZE, format, arguments);
  return 1;
}

static int ignore_message(
    TIFF *tiff, void *data, const char *module, const char *format, va_list arguments) {
  (void)tiff;
  (void)data;
  (void)module;
  (void)format;
  (void)arguments;
  return 1;
}

static tmsize_t read_bytes(thandle_t handle, void *buffer, tmsize_t count) {
  ci_tiff_source *source = handle;
  const uint64_t left = source->count - source->position;
  const size_t read = (uint64_t)count < left ? (size_t)count : (size_t)left;
  memcpy(buffer, source->bytes + source->position, read);
  source->position += read;
  return (tmsize_t)read;
}

static tmsize_t write_nothing(thandle_t handle, void *buffer, tmsize_t count) {
  (void)handle;
  (void)buffer;
  (void)count;
  return 0;
}

static toff_t seek(thandle_t handle, toff_t offset, int whence) {
  ci_tiff_source *source = handle;
  uint64_t place = offset;
  if (whence == SEEK_CUR) place += source->position;
  if (whence == SEEK_END) place += source->count;
  source->position = place < source->count ? place : source->count;
  return source->position;
}

static int close_nothing(thandle_t handle) {
  (void)handle;
  return 0;
}

static toff_t size(thandle_t handle) { return ((ci_tiff_source *)handle)->count; }

static TIFF *open_source(ci_tiff_source *source, char *message) {
  TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
  if (!options) return NULL;
  TIFFOpenOptionsSetMaxSingleMemAlloc(options, (tmsize_t)1 << 29);
  TIFFOpenOptionsSetErrorHandlerExtR(options, keep_message, message);
  TIFFOpenOptionsSetWarningHandlerExtR(options, ignore_message, NULL);
  TIFF *tiff = TIFFClientOpenExt(
      "image", "rm", source, read_bytes, write_nothing, seek, close_nothing, size, NULL, NULL,
      options);
  TIFFOpenOptionsFree(options);
  return tiff;
}

static int refuse(char *message, const char *text) {
  snprintf(message, CI_MESSAGE_SIZE, "%s", text);
  return -1;
}

/// Returns the kind of pixels, or CI_TIFF_REFUSED and a message.
static ci_tiff_kind kind(const ci_tiff_layout *l, char *message) {
  static const char *const names[] = {[8] = "CIE L*a*b*", [9] = "ICC L*a*b*", [10] = "ITU L*a*b*"};
  switch (l->photometric) {
    case PHOTOMETRIC_MINISWHITE:
    case PHOTOMETRIC_MINISBLACK: return CI_TIFF_GREY;
    case PHOTOMETRIC_RGB: return CI_TIFF_RGB;
    case PHOTOMETRIC_PALETTE: return CI_TIFF_PALETTE;
    case PHOTOMETRIC_SEPARATED: return CI_TIFF_CMYK;
    case PHOTOMETRIC_YCBCR:
      if (l->samples == 1) return CI_TIFF_GREY;
      if (l->compression == COMPRESSION_JPEG && !l->is_planar) return CI_TIFF_RGB;
      if (l->compression != COMPRESSION_NONE) return CI_TIFF_CONVERTED;
      refuse(message, "uncompressed YCbCr samples are not supported");
      return CI_TIFF_REFUSED;
    default:
      if (l->photometric < sizeof names / sizeof *names && names[l->photometric]) {
        snprintf(message, CI_MESSAGE_SIZE, "its colours are %s, which is not supported",
                 names[l->photometric]);
      } else {
        snprintf(message, CI_MESSAGE_SIZE, "its colours are of kind %u, which is not supported",
                 l->photometric);
      }
      return CI_TIFF_REFUSED;
  }
}

/// Refuses layouts that the conversion to RGB does not support. Returns 0, or -1 and a message.
static int check(const ci_tiff_layout *l, char *message) {
  static const uint16_t samples[] = {
      [CI_TIFF_GREY] = 1, [CI_TIFF_RGB] = 3, [CI_TIFF_PALETTE] = 1, [CI_TIFF_CMYK] = 4,
      [CI_TIFF_CONVERTED] = 3};
  if (l->samples < samples[l->kind] || l->samples > CI_TIFF_MOST_SAMPLES) {
    snprintf(message, CI_MESSAGE_SIZE, "it has %u samples per pixel", l->samples);
    return -1;
  }
  if (l->format == SAMPLEFORMAT_IEEEFP) {
    return refuse(message, "its samples are floating-point numbers, which is not supported");
  }
  if (l->format != SAMPLEFORMAT_UINT && !(l->format == SAMPLEFORMAT_INT && l->bits == 8)) {
    return refuse(message, "its samples are not unsigned integers, which is not supported");
  }
  const int is_small = l->bits == 1 || l->bits == 2 || l->bits == 4;
  const int fits = l->bits == 8 || (l->bits == 16 && l->kind != CI_TIFF_PALETTE) ||
                   (is_small && l->samples == 1);
  if (fits) return 0;
  snprintf(message, CI_MESSAGE_SIZE, "it has %u bits for each of %u samples, which is not supported",
           l->bits, l->samples);
  return -1;
}

/// Reads the tags that decide how the pixels are stored. Returns 0, or -1 and a message.
static int read_layout(TIFF *tiff, ci_tiff_layout *l, char *message) {
  memset(l, 0, sizeof *l);
  if (!TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &l->width) ||
      !TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &l->height)) {
    return refuse(message, "it has no width or no height");
  }
  uint16_t planar = PLANARCONFIG_CONTIG, extra_count = 0, *extras = NULL;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &l->bits);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &l->samples);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &l->format);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &planar);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_ORIENTATION, &l->orientation);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &l->compression);
  if (!TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &l->photometric)) {
    l->photometric = PHOTOMETRIC_MINISWHITE;
  }
  if (l->compression == COMPRESSION_OJPEG) l->photometric = PHOTOMETRIC_YCBCR;
  if (l->orientation < 1 || l->orientation > 8) l->orientation = ORIENTATION_TOPLEFT;
  if (TIFFGetField(tiff, TIFFTAG_EXTRASAMPLES, &extra_count, &extras) && extra_count > 0) {
    l->has_premultiplied_alpha = extras[0] == EXTRASAMPLE_ASSOCALPHA;
  }
  l->is_planar = planar == PLANARCONFIG_SEPARATE;
  l->kind = kind(l, message);
  if (l->kind == CI_TIFF_REFUSED || check(l, message)) return -1;
  if (l->kind == CI_TIFF_RGB && l->photometric == PHOTOMETRIC_YCBCR) {
    TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
  }
  return 0;
}

static int finish(TIFF *tiff, int status, char *message) {
  if (tiff) TIFFClose(tiff);
  if (status && !message[0]) refuse(message, "libtiff cannot read it");
  return status;
}

int ci_tiff_size(
    const uint8_t *bytes, size_t count, uint32_t *width, uint32_t *height, char *message) {
  ci_tiff_source source = {bytes, count, 0};
  ci_tiff_layout l;
  message[0] = 0;
  TIFF *tiff = open_source(&source, message);
  if (!tiff || read_layout(tiff, &l, message)) return finish(tiff, -1, message);
  const int is_turned = l.orientation >= ORIENTATION_LEFTTOP;
  *width = is_turned ? l.height : l.width;
  *height = is_turned ? l.width : l.height;
  return finish(tiff, 0, message);
}

int ci_tiff_decode(const uint8_t *bytes, size_t count, uint8_t *pixels, char *message) {
  ci_tiff_source source = {bytes, count, 0};
  ci_tiff_layout l;
  message[0] = 0;
  TIFF *tiff = open_source(&source, message);
  if (!tiff || read_layout(tiff, &l, message)) return finish(tiff, -1, message);
  return finish(tiff, ci_tiff_read_pixels(tiff, &l, pixels, message), message);
}
