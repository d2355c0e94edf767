// libpng reports errors by longjmp, which must not cross Swift frames. These functions catch it.
#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include "CImages.h"

typedef struct {
  const uint8_t *bytes;
  size_t remaining;
} source;

static void read_bytes(png_structp png, png_bytep destination, size_t count) {
  source *from = png_get_io_ptr(png);
  if (count > from->remaining) png_error(png, "the file ends too early");
  memcpy(destination, from->bytes, count);
  from->bytes += count;
  from->remaining -= count;
}

static void fail(png_structp png, png_const_charp text) {
  snprintf(png_get_error_ptr(png), CI_MESSAGE_SIZE, "%s", text);
  png_longjmp(png, 1);
}

static void ignore_warning(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

/// The objects to destroy after an error.
/// All fields are set before setjmp, so that a longjmp leaves them intact.
typedef struct {
  source from;
  png_structp png;
  png_infop info;
} reader;

static int open_reader(reader *r, const uint8_t *bytes, size_t count, char *message) {
  r->from = (source){bytes, count};
  r->info = NULL;
  r->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, message, fail, ignore_warning);
  if (r->png) r->info = png_create_info_struct(r->png);
  if (r->info) return 0;
  png_destroy_read_struct(&r->png, NULL, NULL);
  snprintf(message, CI_MESSAGE_SIZE, "libpng could not start");
  return -1;
}

// Ancillary chunks are skipped unread: text can unpack to gigabytes, and neither a profile nor a wrong
// checksum of theirs changes a pixel.
static void read_header(reader *r) {
  png_set_read_fn(r->png, &r->from, read_bytes);
  png_set_keep_unknown_chunks(r->png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
  png_set_crc_action(r->png, PNG_CRC_ERROR_QUIT, PNG_CRC_QUIET_USE);
  png_set_user_limits(r->png, 0x7fffffff, 0x7fffffff);
  png_read_info(r->png, r->info);
}

static void ask_for_rgb(reader *r) {
  const png_byte type = png_get_color_type(r->png, r->info);
  if (type == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(r->png);
  if (!(type & PNG_COLOR_MASK_COLOR)) {
    png_set_expand_gray_1_2_4_to_8(r->png);
    png_set_gray_to_rgb(r->png);
  }
  png_set_strip_16(r->png);
  png_set_strip_alpha(r->png);
}

static void read_pixels(reader *r, uint8_t *pixels) {
  const int passes = png_set_interlace_handling(r->png);
  const size_t width = png_get_image_width(r->png, r->info);
  const png_uint_32 height = png_get_image_height(r->png, r->info);
  // The pixels have a checksum of their own inside the compressed data, which zlib verifies.
  png_set_crc_action(r->png, PNG_CRC_QUIET_USE, PNG_CRC_QUIET_USE);
  png_read_update_info(r->png, r->info);
  if (png_get_rowbytes(r->png, r->info) != 3 * width) {
    png_error(r->png, "the pixels do not convert to 8-bit RGB");
  }
  for (int pass = 0; pass < passes; pass++) {
    for (png_uint_32 row = 0; row < height; row++) {
      png_read_row(r->png, pixels + row * 3 * width, NULL);
    }
  }
}

int ci_png_size(
    const uint8_t *bytes, size_t count, uint32_t *width, uint32_t *height, char *message) {
  reader r;
  if (open_reader(&r, bytes, count, message)) return -1;
  if (setjmp(png_jmpbuf(r.png))) {
    png_destroy_read_struct(&r.png, &r.info, NULL);
    return -1;
  }
  read_header(&r);
  *width = png_get_image_width(r.png, r.info);
  *height = png_get_image_height(r.png, r.info);
  png_destroy_read_struct(&r.png, &r.info, NULL);
  return 0;
}

int ci_png_decode(const uint8_t *bytes, size_t count, uint8_t *pixels, char *message) {
  reader r;
  if (open_reader(&r, bytes, count, message)) return -1;
  if (setjmp(png_jmpbuf(r.png))) {
    png_destroy_read_struct(&r.png, &r.info, NULL);
    return -1;
  }
  read_header(&r);
  ask_for_rgb(&r);
  read_pixels(&r, pixels);
  png_destroy_read_struct(&r.png, &r.info, NULL);
  return 0;
}
