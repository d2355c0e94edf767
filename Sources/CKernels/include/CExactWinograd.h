// Exact Winograd convolutions of codes: 3×3 at stride 1 and padding 1, with the bits of ck_integer_convolve for
// a half or a quarter of the products (Docs/ExactWinograd.md derives them).
//
// F(4×4, 3×3) transforms codes and weights into words of 16 bits. It takes any codes and weights of up to 8
// bits. F(2×2, 3×3) transforms both into bytes, for codes and weights of few bits. Both are exact if
// ck_exact_winograd_suits says so; else a convolution must go the direct way.
#ifndef CEXACTWINOGRAD_H
#define CEXACTWINOGRAD_H

#include "CInteger.h"

// A convolution of maps of one height and width. tile is 4 or 2, the outputs of a tile in a row; codes are at
// most largest_code; dot names instructions that the processor has.
typedef struct {
  ck_codes from, to;
  int tile, largest_code;
  ce_dot dot;
} ck_exact_winograd;

// max(Σ w⁺, −Σ w⁻) of the output in which it is largest; outputs have `length` weights, less than 2²³. Times the
// largest code it bounds every partial sum of the convolution.
int64_t ck_largest_half_sum(int outputs, int length, const int16_t *weights);

// The largest absolute value of the transformed weights (OC, 3, 3, C).
int ck_exact_winograd_largest_weight(const ck_exact_winograd *w, const int16_t *weights);

// Whether the convolution with weights (OC, 3, 3, C) is exact: the half sums of every output stay below 2²⁵ for
// tile 4 or 2²⁹ for tile 2, and transformed codes and weights fit words or bytes.
int ck_exact_winograd_suits(const ck_exact_winograd *w, const int16_t *weights);

// Bytes of the panels of all outputs; they begin at a multiple of 64 bytes.
size_t ck_exact_winograd_panel_bytes(const ck_exact_winograd *w);

// panels ← transformed weights of outputs [first, end), which are multiples of 64, end also OC. weights and
// panels are all outputs'.
void ck_exact_winograd_pack(const ck_exact_winograd *w, int first, int end, const int16_t *weights,
                            void *panels);

// Of one image: tiles, and products of a transformed code and a transformed weight for each pair of channels.
int ck_exact_winograd_tiles(const ck_exact_winograd *w);
int ck_exact_winograd_products(const ck_exact_winograd *w);

// The tiles of a part whose transforms stay in the second-level cache.
int ck_exact_winograd_tiles_at_once(const ck_exact_winograd *w);

// Bytes of scratch memory, beginning at a multiple of 64, for each of `parts` parts of the tiles of some images.
size_t ck_exact_winograd_scratch(const ck_exact_winograd *w, int images, int parts);

// What one call computes: part `part` of `parts` of the tiles of `images` images, outputs [first_channel,
// end_channel), as in ck_region.
typedef struct {
  int images, part, parts, first_channel, end_channel;
} ck_exact_winograd_region;

// output ← a region of the convolution. src is the first image's own.
void ck_exact_winograd_convolve(const ck_exact_winograd *w, ck_exact_winograd_region region,
                                const uint8_t *src, const void *panels,
                                const ck_requantization *q, ck_output output, void *scratch);

#endif
