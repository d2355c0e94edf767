// Exact Winograd convolutions of codes: 3×3 at stride 1 and padding 1. They give the bits of
// ck_integer_convolve with a half or a quarter of the products (Docs/ExactWinograd.md derives them).
//
// F(4×4, 3×3) transforms codes and weights into words of 16 bits. It takes any codes and weights of up to 8
// bits. F(2×2, 3×3) transforms both into bytes, for codes and weights of few bits. A form is exact only if
// ck_exact_winograd_suits returns 1.
#ifndef CEXACTWINOGRAD_H
#define CEXACTWINOGRAD_H

#include "CInteger.h"

// A convolution whose maps have one height and width. tile is the number of outputs in a row of a tile, 4
// or 2. Codes are at most largest_code. The processor must have the instructions `dot`.
typedef struct {
  ck_codes from, to;
  int tile, largest_code;
  ce_dot dot;
} ck_exact_winograd;

// Returns the largest max(Σ w⁺, −Σ w⁻) of all outputs. An output has `length` weights, less than 2²³. The
// result times the largest code bounds every partial sum of the convolution.
int64_t ck_largest_half_sum(int outputs, int length, const int16_t *weights);

// Returns the largest absolute value of the transformed weights (OC, 3, 3, C).
int ck_exact_winograd_largest_weight(const ck_exact_winograd *w, const int16_t *weights);

// Returns 1 if the convolution with weights (OC, 3, 3, C) is exact: if the half sums of every output, times
// the largest code, are below 2²⁵ for tile 4 or 2²⁹ for tile 2, and transformed codes and weights fit words
// or bytes.
int ck_exact_winograd_suits(const ck_exact_winograd *w, const int16_t *weights);

// Returns the bytes of the panels of all outputs. The caller aligns the panels to 64 bytes.
size_t ck_exact_winograd_panel_bytes(const ck_exact_winograd *w);

// panels ← transformed weights of outputs [first, end). first is a multiple of 64; end is one too, or is OC.
// weights and panels begin with output 0.
void ck_exact_winograd_pack(const ck_exact_winograd *w, int first, int end, const int16_t *weights,
                            void *panels);

// Return, for one image, the number of tiles, and the number of products of a transformed code and a
// transformed weight for each pair of an input and an output channel.
int ck_exact_winograd_tiles(const ck_exact_winograd *w);
int ck_exact_winograd_products(const ck_exact_winograd *w);

// Returns the number of tiles of a part whose transforms stay in the second-level cache.
int ck_exact_winograd_tiles_at_once(const ck_exact_winograd *w);

// Returns the bytes of scratch memory that a call needs for one of `parts` parts of the tiles of `images`
// images. The caller aligns the memory to 64 bytes.
size_t ck_exact_winograd_scratch(const ck_exact_winograd *w, int images, int parts);

// The part of a convolution that one call computes: part `part` of `parts` of the tiles of `images` images,
// and output channels [first_channel, end_channel), as in ck_region.
typedef struct {
  int images, part, parts, first_channel, end_channel;
} ck_exact_winograd_region;

// output ← a region of the convolution. src points to the first image.
void ck_exact_winograd_convolve(const ck_exact_winograd *w, ck_exact_winograd_region region,
                                const uint8_t *src, const void *panels,
                                const ck_requantization *q, ck_output output, void *scratch);

#endif
