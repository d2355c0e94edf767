#include <stdio.h>
#include <string.h>
#include <webp/decode.h>
#include <webp/demux.h>

#include "CImages.h"

static int fail(char *message, const char *text) {
  snprintf(message, CI_MESSAGE_SIZE, "%s", text);
  return -1;
}

static const char *reason(VP8StatusCode status) {
  switch (status) {
    case VP8_STATUS_OUT_OF_MEMORY: return "there is no memory";
    case VP8_STATUS_UNSUPPORTED_FEATURE: return "it has a feature that libwebp does not support";
    case VP8_STATUS_NOT_ENOUGH_DATA: return "the file ends too early";
    default: return "its pixels are damaged";
  }
}

/// Opens a file that is whole. The caller deletes the result.
static WebPDemuxer *open_whole(const uint8_t *bytes, size_t count, char *message) {
  const WebPData data = {bytes, count};
  WebPDemuxState state;
  WebPDemuxer *demuxer = WebPDemuxPartial(&data, &state);
  if (demuxer && state == WEBP_DEMUX_DONE) return demuxer;
  if (demuxer) WebPDemuxDelete(demuxer);
  fail(message, state == WEBP_DEMUX_PARSE_ERROR ? "its chunks are damaged" : "the file ends too early");
  return NULL;
}

int ci_webp_size(
    const uint8_t *bytes, size_t count, uint32_t *width, uint32_t *height, char *message) {
  WebPDemuxer *demuxer = open_whole(bytes, count, message);
  if (!demuxer) return -1;
  *width = WebPDemuxGetI(demuxer, WEBP_FF_CANVAS_WIDTH);
  *height = WebPDemuxGetI(demuxer, WEBP_FF_CANVAS_HEIGHT);
  WebPDemuxDelete(demuxer);
  return 0;
}

/// Decodes a frame to its place on the canvas.
static int decode_frame(
    const WebPIterator *frame, uint32_t width, uint8_t *pixels, char *message) {
  WebPDecoderConfig config;
  if (!WebPInitDecoderConfig(&config)) return fail(message, "libwebp could not start");
  const size_t stride = 3 * (size_t)width;
  config.output.colorspace = MODE_RGB;
  config.output.is_external_memory = 1;
  config.output.u.RGBA.rgba =
      pixels + (size_t)frame->y_offset * stride + 3 * (size_t)frame->x_offset;
  config.output.u.RGBA.stride = (int)stride;
  config.output.u.RGBA.size =
      stride * (size_t)(frame->height - 1) + 3 * (size_t)frame->width;
  const VP8StatusCode status = WebPDecode(frame->fragment.bytes, frame->fragment.size, &config);
  WebPFreeDecBuffer(&config.output);
  return status == VP8_STATUS_OK ? 0 : fail(message, reason(status));
}

int ci_webp_decode(const uint8_t *bytes, size_t count, uint8_t *pixels, char *message) {
  WebPDemuxer *demuxer = open_whole(bytes, count, message);
  if (!demuxer) return -1;
  const uint32_t width = WebPDemuxGetI(demuxer, WEBP_FF_CANVAS_WIDTH);
  const uint32_t height = WebPDemuxGetI(demuxer, WEBP_FF_CANVAS_HEIGHT);
  WebPIterator frame;
  int status;
  if (!WebPDemuxGetFrame(demuxer, 1, &frame)) {
    status = fail(message, "it has no frame");
  } else {
    // The iterator keeps frames inside the canvas; this buffer depends on it.
    const int fits = frame.x_offset >= 0 && frame.y_offset >= 0 && frame.width > 0 &&
                     frame.height > 0 && (uint32_t)frame.x_offset + frame.width <= width &&
                     (uint32_t)frame.y_offset + frame.height <= height;
    // An animation begins on a black canvas.
    memset(pixels, 0, 3 * (size_t)width * height);
    status = fits ? decode_frame(&frame, width, pixels, message)
                  : fail(message, "its first frame is not on the canvas");
    WebPDemuxReleaseIterator(&frame);
  }
  WebPDemuxDelete(demuxer);
  return status;
}
