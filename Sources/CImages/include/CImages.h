// Decoding of image files, PNG encoding, and the inner loops of resampling.
// Pixels are 8-bit RGB, three bytes each, row by row.
#ifndef CIMAGES_H
#define CIMAGES_H

#include <stddef.h>
#include <stdint.h>

/// The size of the longest message of the functions below, with its final zero.
#define CI_MESSAGE_SIZE 200

/// Reads the width and height of a JPEG file. Returns 0, or -1 and a message.
int ci_jpeg_size(
    const uint8_t *bytes, size_t count, uint32_t *width, uint32_t *height, char *message);

/// Decodes a JPEG file to `pixels` (height × width × 3), with the size from ci_jpeg_size.
/// CMYK and YCCK are taken to be inverted, as Adobe's programs write them. Damage that libjpeg can
/// bridge is bridged, but a file that was cut off is an error. Returns 0, or -1 and a message.
int ci_jpeg_decode(const uint8_t *bytes, size_t count, uint8_t *pixels, char *message);

/// Reads the width and height of a WebP file. Returns 0, or -1 and a message.
int ci_webp_size(
    const uint8_t *bytes, size_t count, uint32_t *width, uint32_t *height, char *message);

/// Decodes a WebP file to `pixels` (height × width × 3), with the size from ci_webp_size.
/// Alpha is dropped, and an animation gives its first frame. Returns 0, or -1 and a message.
int ci_webp_decode(const uint8_t *bytes, size_t count, uint8_t *pixels, char *message);

/// Reads the width and height of a TIFF file's first image, turned by its orientation. Returns 0, or
/// -1 and a message.
int ci_tiff_size(
    const uint8_t *bytes, size_t count, uint32_t *width, uint32_t *height, char *message);

/// Decodes the first image of a TIFF file to `pixels` (height × width × 3), with the size from
/// ci_tiff_size. Alpha is dropped, and 16-bit samples give their high byte. Returns 0, or -1 and a
/// message.
int ci_tiff_decode(const uint8_t *bytes, size_t count, uint8_t *pixels, char *message);

/// Converts a pixel of CMYK to RGB with Pillow's rounding.
static inline void ci_cmyk_to_rgb(
    uint8_t cyan, uint8_t magenta, uint8_t yellow, uint8_t black, uint8_t *rgb) {
  const int white = 255 - black, inks[3] = {cyan, magenta, yellow};
  for (int channel = 0; channel < 3; channel++) {
    const int product = inks[channel] * white + 128;
    const int value = white - (((product >> 8) + product) >> 8);
    rgb[channel] = value < 0 ? 0 : value > 255 ? 255 : (uint8_t)value;
  }
}

/// Reads the width and height of a PNG file. Returns 0, or -1 and a message.
int ci_png_size(
    const uint8_t *bytes, size_t count, uint32_t *width, uint32_t *height, char *message);

/// Decodes a PNG file to `pixels` (height × width × 3), with the size from ci_png_size.
/// Palettes and grey are expanded, alpha is dropped, 16-bit samples give their high byte, and gamma
/// is ignored. Returns 0, or -1 and a message.
int ci_png_decode(const uint8_t *bytes, size_t count, uint8_t *pixels, char *message);

/// Returns the largest size in bytes of a PNG file with this width and height.
size_t ci_png_capacity(uint32_t width, uint32_t height);

/// Encodes `pixels` (height × width × 3) as a PNG file into `bytes`, of the size ci_png_capacity.
/// Returns the number of bytes used, or 0 and a message.
size_t ci_png_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, uint8_t *bytes, char *message);

/// The filter weights of one axis, in units of 2^-22. Output `i` is the sum over `j` < counts[i] of
/// weights[i · stride + j] · input[first[i] + j].
typedef struct {
  const int32_t *first;
  const int32_t *counts;
  const int32_t *weights;
  size_t stride;
} ci_taps;

/// Resamples `rows` rows of `width` pixels to `columns` pixels each, rounded to 8 bits.
/// The taps read `read` pixels of each row, starting at pixel `first`.
/// src: rows × width × 3; dst: rows × columns × 3; scratch: 16 · read bytes.
void ci_resample_rows(
    const uint8_t *src, size_t rows, size_t width, size_t first, size_t read, ci_taps taps,
    size_t columns, uint8_t *scratch, uint8_t *dst);

/// Resamples the columns of an image with `row_bytes` bytes per row to `rows` rows, rounded to 8
/// bits. src: begins with the row that `taps.first` counts as `first_row`; dst: rows × row_bytes.
void ci_resample_columns(
    const uint8_t *src, size_t row_bytes, int32_t first_row, ci_taps taps, size_t rows,
    uint8_t *dst);

/// Splits `count` RGB pixels into three planes of bytes.
/// dst: red at 0, green at `plane`, blue at 2 · plane.
void ci_split_planes(const uint8_t *src, size_t count, size_t plane, uint8_t *dst);

/// Splits `count` RGB pixels into three planes of (value / 255 − mean) / std in single precision.
/// Each step is rounded as in torchvision.
/// mean, std: 3 values; dst: red at 0, green at `plane`, blue at 2 · plane.
void ci_normalise(
    const uint8_t *src, size_t count, const float *mean, const float *std, size_t plane,
    float *dst);

#endif
