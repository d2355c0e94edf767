#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tiffio.h>

#include "CImages.h"
#include "tiff.h"

static int fail(char *message, const char *text) {
  snprintf(message, CI_MESSAGE_SIZE, "%s", text);
  return -1;
}

/// The place of each pixel in the turned image: start + x · dx + y · dy, in bytes.
typedef struct {
  uint8_t *start;
  ptrdiff_t dx;
  ptrdiff_t dy;
} canvas;

/// Returns the canvas of an image turned by its orientation, as Pillow turns it.
static canvas turned(const ci_tiff_layout *l, uint8_t *pixels) {
  const ptrdiff_t w = l->width, h = l->height, row = 3 * w, column = 3 * h;
  switch (l->orientation) {
    case ORIENTATION_TOPRIGHT: return (canvas){pixels + row - 3, -3, row};
    case ORIENTATION_BOTRIGHT: return (canvas){pixels + row * h - 3, -3, -row};
    case ORIENTATION_BOTLEFT: return (canvas){pixels + row * (h - 1), 3, -row};
    case ORIENTATION_LEFTTOP: return (canvas){pixels, column, 3};
    case ORIENTATION_RIGHTTOP: return (canvas){pixels + column - 3, column, -3};
    case ORIENTATION_RIGHTBOT: return (canvas){pixels + column * w - 3, -column, -3};
    case ORIENTATION_LEFTBOT: return (canvas){pixels + column * (w - 1), -column, 3};
    default: return (canvas){pixels, 3, row};
  }
}

/// A strip or tile: one buffer for all samples of a pixel, or one for each sample.
typedef struct {
  uint8_t *planes[CI_TIFF_MOST_SAMPLES];
  size_t row_bytes;
  size_t plane_bytes;
} chunk;

/// The colours of a palette, 8 bits each.
typedef struct {
  uint8_t colours[256][3];
} palette;

/// Returns the high 8 bits of a sample, or all bits of a smaller one.
static uint8_t sample(
    const ci_tiff_layout *l, const chunk *c, size_t row, size_t x, unsigned index) {
  const uint8_t *line = c->planes[l->is_planar ? index : 0] + row * c->row_bytes;
  const size_t place = l->is_planar ? x : x * l->samples + index;
  if (l->bits == 16) {
    uint16_t value;
    memcpy(&value, line + 2 * place, sizeof value);
    return value >> 8;
  }
  if (l->bits == 8) return line[place];
  const size_t bit = place * l->bits;
  return (line[bit / 8] >> (8 - l->bits - bit % 8)) & ((1 << l->bits) - 1);
}

/// Returns the value that was multiplied by `alpha`, as Pillow computes it.
static uint8_t divided(uint8_t value, uint8_t alpha) {
  if (alpha == 255) return value;
  const unsigned quotient = 255u * value / alpha;
  return quotient > 255 ? 255 : quotient;
}

static void put_grey(const ci_tiff_layout *l, uint8_t value, uint8_t alpha, uint8_t *out) {
  if (l->bits < 8) value *= 255 / ((1 << l->bits) - 1);
  if (l->photometric == PHOTOMETRIC_MINISWHITE) value = 255 - value;
  if (l->has_premultiplied_alpha && alpha > 0) value = divided(value, alpha);
  out[0] = out[1] = out[2] = value;
}

static void put_pixel(
    const ci_tiff_layout *l, const palette *p, const chunk *c, size_t row, size_t x, uint8_t *out) {
  uint8_t s[4] = {0, 0, 0, 255};
  for (unsigned index = 0; index < 4 && index < l->samples; index++) {
    s[index] = sample(l, c, row, x, index);
  }
  switch (l->kind) {
    case CI_TIFF_GREY: put_grey(l, s[0], l->samples > 1 ? s[1] : 255, out); break;
    case CI_TIFF_PALETTE: memcpy(out, p->colours[s[0]], 3); break;
    case CI_TIFF_CMYK: ci_cmyk_to_rgb(s[0], s[1], s[2], s[3], out); break;
    default:
      for (int channel = 0; channel < 3; channel++) {
        out[channel] = !l->has_premultiplied_alpha ? s[channel]
                       : s[3] == 0                 ? 0
                                                   : divided(s[channel], s[3]);
      }
  }
}

static int read_palette(TIFF *tiff, const ci_tiff_layout *l, palette *p, char *message) {
  uint16_t *red, *green, *blue;
  if (!TIFFGetField(tiff, TIFFTAG_COLORMAP, &red, &green, &blue)) {
    return fail(message, "it has no palette");
  }
  memset(p, 0, sizeof *p);
  for (int index = 0; index < 1 << l->bits; index++) {
    p->colours[index][0] = red[index] >> 8;
    p->colours[index][1] = green[index] >> 8;
    p->colours[index][2] = blue[index] >> 8;
  }
  return 0;
}

/// Allocates the buffers of a strip or tile. Returns 0, or -1 and a message.
static int allocate(
    TIFF *tiff, const ci_tiff_layout *l, uint32_t width, uint32_t height, chunk *c, char *message) {
  const uint64_t bits = (uint64_t)width * l->bits * (l->is_planar ? 1 : l->samples);
  const uint64_t row = (bits + 7) / 8, bytes = row * height;
  const uint64_t image = (uint64_t)l->width * l->height * l->samples * ((l->bits + 7) / 8);
  const tmsize_t expected = TIFFIsTiled(tiff) ? TIFFTileSize(tiff) : TIFFStripSize(tiff);
  // A tile may be larger than the image, but not so much that it must fill the memory.
  if (bytes / height != row || bytes > 2 * image + (64u << 20)) {
    return fail(message, "its strips or tiles are much larger than the image");
  }
  if (expected <= 0 || (uint64_t)expected > bytes) {
    return fail(message, "the size of its strips or tiles is not supported");
  }
  c->row_bytes = row;
  c->plane_bytes = bytes;
  for (unsigned plane = 0; plane < (l->is_planar ? l->samples : 1); plane++) {
    c->planes[plane] = calloc(1, bytes);
    if (!c->planes[plane]) return fail(message, "there is no memory");
  }
  return 0;
}

/// Reads one strip or tile. Returns 0, or -1 with the message of libtiff.
static int read_chunk(
    TIFF *tiff, const ci_tiff_layout *l, chunk *c, uint32_t x, uint32_t y, tmsize_t wanted) {
  for (uint16_t plane = 0; plane < (l->is_planar ? l->samples : 1); plane++) {
    const tmsize_t read =
        TIFFIsTiled(tiff)
            ? TIFFReadEncodedTile(
                  tiff, TIFFComputeTile(tiff, x, y, 0, plane), c->planes[plane], c->plane_bytes)
            : TIFFReadEncodedStrip(
                  tiff, TIFFComputeStrip(tiff, y, plane), c->planes[plane], wanted);
    if (read < 0) return -1;
  }
  return 0;
}

static int read_chunks(
    TIFF *tiff, const ci_tiff_layout *l, chunk *c, canvas out, char *message) {
  uint32_t width = l->width, height = l->height;
  palette colours;
  if (l->kind == CI_TIFF_PALETTE && read_palette(tiff, l, &colours, message)) return -1;
  if (TIFFIsTiled(tiff)) {
    TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &width);
    TIFFGetField(tiff, TIFFTAG_TILELENGTH, &height);
  } else {
    TIFFGetFieldDefaulted(tiff, TIFFTAG_ROWSPERSTRIP, &height);
    if (height > l->height) height = l->height;
  }
  if (!width || !height) return fail(message, "its strips or tiles are empty");
  if (allocate(tiff, l, width, height, c, message)) return -1;
  for (uint64_t y = 0; y < l->height; y += height) {
    const uint32_t rows = l->height - y < height ? l->height - y : height;
    for (uint64_t x = 0; x < l->width; x += width) {
      const uint32_t columns = l->width - x < width ? l->width - x : width;
      if (read_chunk(tiff, l, c, x, y, (tmsize_t)(rows * c->row_bytes))) return -1;
      for (uint32_t row = 0; row < rows; row++) {
        uint8_t *place = out.start + (ptrdiff_t)(y + row) * out.dy + (ptrdiff_t)x * out.dx;
        for (uint32_t column = 0; column < columns; column++, place += out.dx) {
          put_pixel(l, &colours, c, row, column, place);
        }
      }
    }
  }
  return 0;
}

/// Reads an image whose colours libtiff converts, such as YCbCr.
static int read_converted(TIFF *tiff, const ci_tiff_layout *l, canvas out, char *message) {
  TIFFRGBAImage image;
  char reason[1024] = "";
  if (!TIFFRGBAImageOK(tiff, reason) || !TIFFRGBAImageBegin(&image, tiff, 1, reason)) {
    snprintf(message, CI_MESSAGE_SIZE, "%.150s", reason);
    return -1;
  }
  image.orientation = image.req_orientation = ORIENTATION_TOPLEFT;
  uint32_t *raster = malloc(sizeof(uint32_t) * l->width * l->height);
  const int is_read = raster && TIFFRGBAImageGet(&image, raster, l->width, l->height);
  TIFFRGBAImageEnd(&image);
  for (uint32_t y = 0; is_read && y < l->height; y++) {
    for (uint32_t x = 0; x < l->width; x++) {
      const uint32_t value = raster[(size_t)y * l->width + x];
      uint8_t *place = out.start + (ptrdiff_t)y * out.dy + (ptrdiff_t)x * out.dx;
      place[0] = TIFFGetR(value);
      place[1] = TIFFGetG(value);
      place[2] = TIFFGetB(value);
    }
  }
  free(raster);
  return is_read ? 0 : -1;
}

int ci_tiff_read_pixels(
    TIFF *tiff, const ci_tiff_layout *layout, uint8_t *pixels, char *message) {
  const canvas out = turned(layout, pixels);
  if (layout->kind == CI_TIFF_CONVERTED) return read_converted(tiff, layout, out, message);
  chunk c;
  memset(&c, 0, sizeof c);
  const int status = read_chunks(tiff, layout, &c, out, message);
  for (int plane = 0; plane < CI_TIFF_MOST_SAMPLES; plane++) free(c.planes[plane]);
  return status;
}
