// Kernels of the integer engine: convolutions, pools and the head on activation codes, exact in 32-bit sums,
// with everything that follows a convolution fused into it (Docs/IntegerArithmetic.md).
//
// Codes are (N, H+5, W+5, C) bytes, channels beside each other; C is a multiple of 16, and missing channels
// are code 0 with zero weights. Around every map lies a border of code 0, one wide above and to the left,
// four below and to the right, which nobody writes. A row of a 3×3 window is therefore 3·C bytes in one
// stretch, and windows may reach over the edges.
//
// Weights are w = code − zero point as int16, within −255…255. Every kernel gives the same bits under all
// instructions, for any division of the work.
#ifndef CINTEGER_H
#define CINTEGER_H

#include <stddef.h>
#include <stdint.h>

#include "CBlocked.h"
#include "CExecution.h"

typedef struct {
  int channels, height, width;
} ck_codes;

// Bytes from a row to the next, of one image with its border, and where pixel (0, 0) of an image begins.
size_t ck_codes_row(const ck_codes *c);
size_t ck_codes_bytes(const ck_codes *c);
size_t ck_codes_origin(const ck_codes *c);

// What follows the exact sum of output o, in float32, each operation rounded to nearest, half to even:
//
//   sum += integer_bias[o]
//   t = (float)sum · multipliers[o];  t += bias[o]
//   t += (float)(residual code − residual_zero_point) · residual_multiplier;  t += residual sum
//   code = roundeven(min(max(t, low − zero_point), high − zero_point)) + zero_point
//
// Pointers may be null, and their line is left out then. A ReLU is low = zero_point. Arrays have an entry
// for each of the padded output channels.
typedef struct {
  const int32_t *integer_bias;
  const float *multipliers, *bias;
  int zero_point, low, high;
  // Codes that lie as the output does, the first image's own.
  const uint8_t *residual_codes;
  int residual_zero_point;
  float residual_multiplier;
  // (N, H, W, OC) without border, the first image's own.
  const float *residual_sums;
} ck_requantization;

// Where outputs go, the first image's own: as codes with their border, or, if codes is null, as the floats t
// themselves, (N, H, W, OC) without border: a projection shortcut before its sum, or what a float node reads.
typedef struct {
  uint8_t *codes;
  float *sums;
} ck_output;

// ---- direct.c: any convolution whose windows stay on the border

// A square window. padding is 0 or 1, and no window reaches farther than four pixels over the far edges.
typedef struct {
  ck_codes from, to;
  int kernel, stride, padding;
} ck_integer_geometry;

// A convolution, and how its panels hold the weights.
typedef struct {
  ck_integer_geometry geometry;
  ce_dot dot;
  int form;
} ck_integer_convolution;

// Chooses a form that is exact for these weights (OC, K, K, C) and codes up to largest_code, under the
// instructions `dot`, which the processor has; ce_dot_in_use() names the fastest.
ck_integer_convolution ck_integer_plan(const ck_integer_geometry *g, int largest_code,
                                       const int16_t *weights, ce_dot dot);

// "s8", "s8 and window sums" or "s16", for reports.
const char *ck_integer_form_name(const ck_integer_convolution *c);

// Bytes of the panels of all outputs; they begin at a multiple of 64 bytes.
size_t ck_integer_panel_bytes(const ck_integer_convolution *c);

// panels ← weights (OC, K, K, C) of outputs [first, end), which are multiples of 64, end also OC. weights
// and panels are all outputs'.
void ck_integer_pack(const ck_integer_convolution *c, int first, int end, const int16_t *weights,
                     void *panels);

// output ← a region of the convolution (CBlocked.h). src is the first image's own.
void ck_integer_convolve(const ck_integer_convolution *c, ck_region region, const uint8_t *src,
                         const void *panels, const ck_requantization *q, ck_output output);

// ---- stem.c: the first convolution, on planes of 8-bit pixels

// (N, C, H + 2·padding, row) bytes: pixel planes with a border, rows of ck_pixels_row bytes.
typedef struct {
  int channels, height, width, padding;
} ck_pixels;

size_t ck_pixels_row(const ck_pixels *p);
size_t ck_pixels_bytes(const ck_pixels *p);

// dst ← planes src (C,H,W) of one image with a border of `border`, each pixel replaced by its entry in
// tables (C, 256) unless that is null.
void ck_pixels_pad(const ck_pixels *p, const uint8_t *tables, int border, const uint8_t *src,
                   uint8_t *dst);

// A convolution of pixel planes; kernel is at most 8. With `apart`, every colour has a sum and a multiplier
// of its own: multipliers are (C, OC), and t = Σ (float)sum_c · multipliers[c][o] over the colours in order,
// the first product without an addition. Else there is one sum, and multipliers are (OC). In both, bias is
// (classes, OC): a window of class k adds bias[k][o].
typedef struct {
  ck_pixels from;
  ck_codes to;
  int kernel, stride, apart;
} ck_stem_geometry;

// Classes of windows that have the same taps inside the image, and the class of output pixel (y, x).
int ck_stem_classes(const ck_stem_geometry *g);
int ck_stem_class(const ck_stem_geometry *g, int y, int x);

// table (classes, OC) = bias[o] − scales[o] · Σ_c offsets[c] · Σ of weights (OC, C, K, K) over the taps
// inside, in double: what a convolution of x = (p − …) on pixels p leaves out.
void ck_stem_bias(const ck_stem_geometry *g, const int16_t *weights, const double *offsets,
                  const double *scales, const double *bias, float *table);

typedef struct {
  ck_stem_geometry geometry;
  ce_dot dot;
  int form;
} ck_stem;

// As the functions for codes above; weights are (OC, C, K, K).
ck_stem ck_stem_plan(const ck_stem_geometry *g, const int16_t *weights, ce_dot dot);
size_t ck_stem_panel_bytes(const ck_stem *s);
void ck_stem_pack(const ck_stem *s, const int16_t *weights, void *panels);
void ck_stem_convolve(const ck_stem *s, ck_region region, const uint8_t *src, const void *panels,
                      const ck_requantization *q, ck_output output);

// ---- codes.c: pools and sums of codes, one image

// A window that slides over codes; what it covers outside the map does not count.
typedef struct {
  ck_codes from, to;
  int kernel, stride, padding;
} ck_codes_window;

// Rows [first_row, end_row) of dst ← the largest code below every window.
void ck_codes_max_pool(const ck_codes_window *w, int first_row, int end_row, const uint8_t *src,
                       uint8_t *dst);

// Rows [first_row, end_row) of t = (float)sum · (float)(multiplier / pixels below the window), where sum adds
// code − src_zero_point, as codes of q (its zero_point, low and high) or as floats.
void ck_codes_average_pool(const ck_codes_window *w, int first_row, int end_row,
                           const uint8_t *src, int src_zero_point, double multiplier,
                           const ck_requantization *q, ck_output output);

// sums (C) ← Σ codes of each map.
void ck_codes_sums(const ck_codes *c, const uint8_t *src, int32_t *sums);

// Rows [first_row, end_row) of dst ← t = (float)(a − a_zero_point) · a_multiplier, t += the same of b, as codes
// of q; dst may be a or b.
void ck_codes_add(const ck_codes *c, int first_row, int end_row, const uint8_t *a,
                  int a_zero_point, float a_multiplier, const uint8_t *b, int b_zero_point,
                  float b_multiplier, const ck_requantization *q, uint8_t *dst);

// dst ← every stride-th pixel of src, its first `channels` channels behind `padding` channels of code 0, and
// code 0 in the channels behind.
void ck_codes_subsample(const ck_codes *from, const ck_codes *to, int channels, int stride,
                        int padding, const uint8_t *src, uint8_t *dst);

// ---- head.c: the last layer, on sums of codes

// packed ← weights (outputs, C), in blocks of sixteen outputs: C · outputs padded to 16 numbers.
void ck_head_pack(int outputs, int channels, const int16_t *weights, int16_t *packed);

// logits (rows, outputs) ← t of sums (rows, C) · weights, exact in 32 bits; arrays of q have `outputs` entries.
void ck_head(int outputs, int channels, int rows, const int32_t *sums, const int16_t *packed,
             const ck_requantization *q, float *logits);

// ---- convert.c: between codes and floats, one image; `channels` of the codes' channels are real

// dst ← codes of src (channels, H, W) on a grid, as ck_quantize (CQuantize.h); missing channels become code 0.
void ck_codes_from_planes(const ck_codes *c, int channels, const float *src, float scale,
                          int zero_point, int levels, uint8_t *dst);
// dst (channels, H, W) ← (code − zero_point) · scale.
void ck_planes_from_codes(const ck_codes *c, int channels, const uint8_t *src, float scale,
                          int zero_point, float *dst);
// The same with blocked floats (CBlocked.h) of as many channels; their border stays as it is.
void ck_codes_from_blocked(const ck_codes *c, const float *src, float scale, int zero_point,
                           int levels, uint8_t *dst);
void ck_blocked_from_codes(const ck_codes *c, const uint8_t *src, float scale, int zero_point,
                           float *dst);
// Between (H, W, C) of c, as ck_output's sums lie, and planes (channels, H, W); missing channels become 0.
void ck_sums_from_planes(const ck_codes *c, int channels, const float *src, float *dst);
void ck_planes_from_sums(const ck_codes *c, int channels, const float *src, float *dst);

// ---- peak.c

// Computes dot products of bytes in registers alone, at the processor's peak, and returns the number of
// multiply-adds; 0 if the instructions have none.
int64_t ck_dot_peak(ce_dot dot);

// ---- reference.c: the plain twins of the convolutions, from weights as they come

void ck_reference_integer_convolve(const ck_integer_geometry *g, ck_region region,
                                   const uint8_t *src, const int16_t *weights,
                                   const ck_requantization *q, ck_output output);
void ck_reference_stem(const ck_stem_geometry *g, ck_region region, const uint8_t *src,
                       const int16_t *weights, const ck_requantization *q, ck_output output);

#endif
