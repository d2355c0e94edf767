// Kernels of the integer engine: convolutions, pools and the head on activation codes. Sums are exact in 32
// bits, and the operations after a convolution are fused into it (Docs/IntegerArithmetic.md).
//
// Codes are (N, H+5, W+5, C) bytes with channels beside each other. C is a multiple of 16; missing channels
// have code 0 and zero weights. Every map has a border of code 0, one pixel wide above and to the left, and
// four below and to the right, to which no kernel writes. A row of a 3×3 window is therefore 3·C bytes in one
// stretch, and windows may reach over the edges.
//
// Weights are w = code − zero point as int16, within −255…255. Every kernel gives the same bits with all
// instructions and for any division of the work.
#ifndef CINTEGER_H
#define CINTEGER_H

#include <stddef.h>
#include <stdint.h>

#include "CBlocked.h"
#include "CExecution.h"

typedef struct {
  int channels, height, width;
} ck_codes;

// Return the bytes from a row to the next, of one image with its border, and from an image to its pixel (0,
// 0).
size_t ck_codes_row(const ck_codes *c);
size_t ck_codes_bytes(const ck_codes *c);
size_t ck_codes_origin(const ck_codes *c);

// The arithmetic on the exact sum of output o, in float32. Each operation rounds to nearest, half to even:
//
//   sum += integer_bias[o]
//   t = (float)sum · multipliers[o];  t += bias[o]
//   t += (float)(residual code − residual_zero_point) · residual_multiplier;  t += residual sum
//   code = roundeven(min(max(t, low − zero_point), high − zero_point)) + zero_point
//
// If a pointer other than multipliers is null, its term is left out. A ReLU is low = zero_point. Arrays
// have an entry for each of the padded output channels.
typedef struct {
  const int32_t *integer_bias;
  const float *multipliers, *bias;
  int zero_point, low, high;
  // The residual codes of the first image, in the layout of the output.
  const uint8_t *residual_codes;
  int residual_zero_point;
  float residual_multiplier;
  // (N, H, W, OC) without a border.
  const float *residual_sums;
} ck_requantization;

// The memory of the outputs from the first image on: codes with their border, or, if codes is null, the
// floats t as (N, H, W, OC) without a border. A projection and a layer before a float operation
// give floats.
typedef struct {
  uint8_t *codes;
  float *sums;
} ck_output;

// ---- direct.c: any convolution whose windows do not reach beyond the border

// A square window. padding is 0 or 1, and no window reaches more than four pixels over the lower or right
// edge.
typedef struct {
  ck_codes from, to;
  int kernel, stride, padding;
} ck_integer_geometry;

// A convolution with the form of the weights in its panels.
typedef struct {
  ck_integer_geometry geometry;
  ce_dot dot;
  int form;
} ck_integer_convolution;

// Chooses a form that is exact for these weights (OC, K, K, C) and codes up to largest_code. The processor
// must have the instructions `dot`; ce_dot_in_use() returns the fastest.
ck_integer_convolution ck_integer_plan(const ck_integer_geometry *g, int largest_code,
                                       const int16_t *weights, ce_dot dot);

// Returns "s8", "s8 and window sums" or "s16", for reports.
const char *ck_integer_form_name(const ck_integer_convolution *c);

// Returns the bytes of the panels of all outputs. The caller aligns the panels to 64 bytes.
size_t ck_integer_panel_bytes(const ck_integer_convolution *c);

// panels ← weights (OC, K, K, C) of outputs [first, end). first is a multiple of 64; end is one too, or is OC.
// weights and panels begin with output 0.
void ck_integer_pack(const ck_integer_convolution *c, int first, int end, const int16_t *weights,
                     void *panels);

// output ← a region of the convolution (CBlocked.h). src points to the first image.
void ck_integer_convolve(const ck_integer_convolution *c, ck_region region, const uint8_t *src,
                         const void *panels, const ck_requantization *q, ck_output output);

// ---- rgb.c: the first convolution, on planes of 8-bit pixels

// (N, C, H + 2·padding, row) bytes: pixel planes with a border, rows of ck_pixels_row bytes.
typedef struct {
  int channels, height, width, padding;
} ck_pixels;

// Return the bytes from a row to the next, and of one image.
size_t ck_pixels_row(const ck_pixels *p);
size_t ck_pixels_bytes(const ck_pixels *p);

// dst ← planes src (C,H,W) of one image with a border of pixels `border`. If tables (C, 256) is not null, each
// pixel of src is replaced by its entry there.
void ck_pixels_pad(const ck_pixels *p, const uint8_t *tables, int border, const uint8_t *src,
                   uint8_t *dst);

// A convolution of pixel planes. With `apart`, every colour has its own sum and its own multiplier:
// multipliers are (C, OC), and t = Σ (float)sum_c · multipliers[c][o] over the colours in order, starting
// from the first product. Without it there is one sum, and multipliers are (OC). In both cases bias is
// (classes, OC): a window of class k adds bias[k][o]. Kernels larger than 8×8, more than four planes, and
// numbers of sums other than 1 and 3 run as plain loops.
typedef struct {
  ck_pixels from;
  ck_codes to;
  int kernel, stride, apart;
} ck_rgb_geometry;

// Return the number of classes of windows, and the class of output pixel (y, x). Windows of one class have the
// same taps inside the image.
int ck_rgb_classes(const ck_rgb_geometry *g);
int ck_rgb_class(const ck_rgb_geometry *g, int y, int x);

// table (classes, OC) = bias[o] − scales[o] · Σ_c offsets[c] · Σ of weights (OC, C, K, K) over the taps
// inside the image, in double. With offsets mean / std, it makes up for the means that sums of pixels do
// not subtract.
void ck_rgb_bias(const ck_rgb_geometry *g, const int16_t *weights, const double *offsets,
                  const double *scales, const double *bias, float *table);

typedef struct {
  ck_rgb_geometry geometry;
  ce_dot dot;
  int form;
} ck_rgb;

// These work like the functions for codes above; weights are (OC, C, K, K).
ck_rgb ck_rgb_plan(const ck_rgb_geometry *g, const int16_t *weights, ce_dot dot);
size_t ck_rgb_panel_bytes(const ck_rgb *s);
void ck_rgb_pack(const ck_rgb *s, const int16_t *weights, void *panels);
void ck_rgb_convolve(const ck_rgb *s, ck_region region, const uint8_t *src, const void *panels,
                      const ck_requantization *q, ck_output output);

// ---- codes.c: pools and sums of codes, one image

// A window that slides over codes. Its pixels outside the map do not count.
typedef struct {
  ck_codes from, to;
  int kernel, stride, padding;
} ck_codes_window;

// Rows [first_row, end_row) of dst ← the largest code inside every window.
void ck_codes_max_pool(const ck_codes_window *w, int first_row, int end_row, const uint8_t *src,
                       uint8_t *dst);

// Rows [first_row, end_row) of output ← t = (float)sum · (float)(multiplier / pixels inside the window), as
// floats or as codes of q (its zero_point, low and high). sum is Σ (code − src_zero_point).
void ck_codes_average_pool(const ck_codes_window *w, int first_row, int end_row,
                           const uint8_t *src, int src_zero_point, double multiplier,
                           const ck_requantization *q, ck_output output);

// sums (C) ← Σ codes of each map.
void ck_codes_sums(const ck_codes *c, const uint8_t *src, int32_t *sums);

// Rows [first_row, end_row) of dst ← t as codes of q, with t = (float)(a − a_zero_point) · a_multiplier, then
// t += (float)(b − b_zero_point) · b_multiplier. dst may be a or b.
void ck_codes_add(const ck_codes *c, int first_row, int end_row, const uint8_t *a,
                  int a_zero_point, float a_multiplier, const uint8_t *b, int b_zero_point,
                  float b_multiplier, const ck_requantization *q, uint8_t *dst);

// dst ← the first `channels` channels of every stride-th pixel of src. They follow `padding` channels of
// code 0, and code 0 fills the channels after them.
void ck_codes_subsample(const ck_codes *from, const ck_codes *to, int channels, int stride,
                        int padding, const uint8_t *src, uint8_t *dst);

// ---- head.c: the last layer, on sums of codes

// packed ← weights (outputs, C), in blocks of sixteen outputs; the last block is filled up with zeros.
void ck_head_pack(int outputs, int channels, const int16_t *weights, int16_t *packed);

// logits (rows, outputs) ← t of the sums (rows, C) · weights, which are exact in 32 bits. Arrays of q have
// `outputs` entries.
void ck_head(int outputs, int channels, int rows, const int32_t *sums, const int16_t *packed,
             const ck_requantization *q, float *logits);

// ---- convert.c: between codes and floats, one image; the channels from `channels` on are padding

// dst ← codes of src (channels, H, W) on a grid, as ck_quantize (CQuantize.h); missing channels become code 0.
void ck_codes_from_planes(const ck_codes *c, int channels, const float *src, float scale,
                          int zero_point, int levels, uint8_t *dst);
// dst (channels, H, W) ← (code − zero_point) · scale.
void ck_planes_from_codes(const ck_codes *c, int channels, const uint8_t *src, float scale,
                          int zero_point, float *dst);
// The same for blocked floats (CBlocked.h) with all channels of c; their border is not written.
void ck_codes_from_blocked(const ck_codes *c, const float *src, float scale, int zero_point,
                           int levels, uint8_t *dst);
void ck_blocked_from_codes(const ck_codes *c, const uint8_t *src, float scale, int zero_point,
                           float *dst);
// Between (H, W, C), the layout of ck_output's sums, and planes (channels, H, W); missing channels become 0.
void ck_sums_from_planes(const ck_codes *c, int channels, const float *src, float *dst);
void ck_planes_from_sums(const ck_codes *c, int channels, const float *src, float *dst);

// ---- peak.c

// Computes dot products of bytes at the processor's peak, with all operands in registers. Returns the
// number of multiply-adds, or 0 for the portable instructions.
int64_t ck_dot_peak(ce_dot dot);

// ---- reference.c: the plain twins of the convolutions; weights are not packed

void ck_reference_integer_convolve(const ck_integer_geometry *g, ck_region region,
                                   const uint8_t *src, const int16_t *weights,
                                   const ck_requantization *q, ck_output output);
void ck_reference_rgb(const ck_rgb_geometry *g, ck_region region, const uint8_t *src,
                       const int16_t *weights, const ck_requantization *q, ck_output output);

#endif
