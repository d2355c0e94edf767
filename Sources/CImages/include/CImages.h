// PNG decoding and encoding, and the inner loops of resampling.
// Pixels are 8-bit RGB, three bytes each, row by row.
#ifndef CIMAGES_H
#define CIMAGES_H

#include <stddef.h>
#include <stdint.h>

/// The size of the longest message of the PNG functions, with its final zero.
#define CI_MESSAGE_SIZE 200

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
