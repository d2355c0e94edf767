// libjpeg reports errors by a call that must not return. These functions leave by longjmp, which must
// not cross Swift frames.
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "CImages.h"

/// A progressive file of a few kilobytes can have thousands of scans of the whole image.
#define MOST_SCANS 500

typedef struct {
  struct jpeg_decompress_struct info;
  struct jpeg_error_mgr errors;
  struct jpeg_source_mgr source;
  struct jpeg_progress_mgr progress;
  jmp_buf jump;
  char *message;
  uint8_t *row;
} decoder;

static void give_up(decoder *d, const char *text) {
  snprintf(d->message, CI_MESSAGE_SIZE, "%s", text);
  longjmp(d->jump, 1);
}

static decoder *owner(j_common_ptr info) { return info->client_data; }

static void fail(j_common_ptr info) {
  char text[JMSG_LENGTH_MAX];
  info->err->format_message(info, text);
  give_up(owner(info), text);
}

// Like Pillow, the decoder continues after damage that libjpeg can bridge.
static void ignore_message(j_common_ptr info, int level) {
  (void)info;
  (void)level;
}

static void ignore_output(j_common_ptr info) { (void)info; }

static void watch_scans(j_common_ptr info) {
  if (((j_decompress_ptr)info)->input_scan_number > MOST_SCANS) {
    give_up(owner(info), "it has more than 500 scans");
  }
}

static void do_nothing(j_decompress_ptr info) { (void)info; }

// All bytes are there from the start. A request for more suspends the decoder, which shows that the
// file was cut off. libjpeg's own source would invent an end instead.
static boolean refuse_more(j_decompress_ptr info) {
  (void)info;
  return FALSE;
}

static void skip(j_decompress_ptr info, long count) {
  struct jpeg_source_mgr *source = info->src;
  if (count <= 0) return;
  if ((size_t)count > source->bytes_in_buffer) {
    give_up(owner((j_common_ptr)info), "the file ends too early");
  }
  source->next_input_byte += count;
  source->bytes_in_buffer -= (size_t)count;
}

static void prepare(decoder *d, const uint8_t *bytes, size_t count, char *message) {
  memset(d, 0, sizeof *d);
  d->message = message;
  d->info.err = jpeg_std_error(&d->errors);
  d->errors.error_exit = fail;
  d->errors.emit_message = ignore_message;
  d->errors.output_message = ignore_output;
  d->source = (struct jpeg_source_mgr){
      .next_input_byte = bytes,
      .bytes_in_buffer = count,
      .init_source = do_nothing,
      .fill_input_buffer = refuse_more,
      .skip_input_data = skip,
      .resync_to_restart = jpeg_resync_to_restart,
      .term_source = do_nothing,
  };
  d->progress.progress_monitor = watch_scans;
}

static void read_header(decoder *d) {
  jpeg_create_decompress(&d->info);
  d->info.client_data = d;
  d->info.src = &d->source;
  d->info.progress = &d->progress;
  if (jpeg_read_header(&d->info, TRUE) != JPEG_HEADER_OK) give_up(d, "the file ends too early");
  const int components = d->info.num_components;
  if (components != 1 && components != 3 && components != 4) {
    char text[60];
    snprintf(text, sizeof text, "it has %d components, not 1, 3 or 4", components);
    give_up(d, text);
  }
}

/// Converts a row of inverted CMYK, as Adobe's programs write it, with Pillow's rounding.
static void convert_cmyk(const uint8_t *row, size_t width, uint8_t *pixels) {
  for (size_t x = 0; x < width; x++) {
    ci_cmyk_to_rgb(
        255 - row[4 * x], 255 - row[4 * x + 1], 255 - row[4 * x + 2], 255 - row[4 * x + 3],
        pixels + 3 * x);
  }
}

static void read_pixels(decoder *d, uint8_t *pixels) {
  const int is_cmyk = d->info.num_components == 4;
  d->info.out_color_space = is_cmyk ? JCS_CMYK : JCS_RGB;
  if (!jpeg_start_decompress(&d->info)) give_up(d, "the file ends too early");
  const size_t width = d->info.output_width;
  if (is_cmyk) {
    d->row = malloc(4 * width);
    if (!d->row) give_up(d, "there is no memory");
  }
  while (d->info.output_scanline < d->info.output_height) {
    uint8_t *out = pixels + 3 * width * d->info.output_scanline;
    JSAMPROW row = is_cmyk ? d->row : out;
    if (jpeg_read_scanlines(&d->info, &row, 1) != 1) give_up(d, "the file ends too early");
    if (is_cmyk) convert_cmyk(d->row, width, out);
  }
  if (!jpeg_finish_decompress(&d->info)) give_up(d, "the file ends too early");
}

static void end(decoder *d) {
  jpeg_destroy_decompress(&d->info);
  free(d->row);
}

int ci_jpeg_size(
    const uint8_t *bytes, size_t count, uint32_t *width, uint32_t *height, char *message) {
  decoder d;
  prepare(&d, bytes, count, message);
  if (setjmp(d.jump)) {
    end(&d);
    return -1;
  }
  read_header(&d);
  *width = d.info.image_width;
  *height = d.info.image_height;
  end(&d);
  return 0;
}

int ci_jpeg_decode(const uint8_t *bytes, size_t count, uint8_t *pixels, char *message) {
  decoder d;
  prepare(&d, bytes, count, message);
  if (setjmp(d.jump)) {
    end(&d);
    return -1;
  }
  read_header(&d);
  read_pixels(&d, pixels);
  end(&d);
  return 0;
}
