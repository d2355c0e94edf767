// Kernels of quantization: grids, codes and their errors.
#ifndef CQUANTIZE_H
#define CQUANTIZE_H

#include <stddef.h>
#include <stdint.h>

// ---- quantize.c: uniform affine quantization, round half to even

// codes = clamp(round(src / scale) + zero_point, 0, levels − 1).
void ck_quantize(size_t count, const float *src, float scale, int zero_point, int levels,
                 uint8_t *codes);
// dst = (codes − zero_point) · scale.
void ck_dequantize(size_t count, const uint8_t *codes, float scale, int zero_point, float *dst);
// values = dequantize(quantize(values)).
void ck_fake_quantize(size_t count, float scale, int zero_point, int levels, float *values);
// Smallest and largest value.
void ck_minimum_maximum(size_t count, const float *src, float *minimum, float *maximum);
// counts[bin] += 1 for every value; bins split [minimum, maximum] evenly and values outside go to the end bins.
void ck_histogram(size_t count, const float *src, float minimum, float maximum, int bins,
                  uint64_t *counts);
// Gradients of Σ gradient · fake_quantize(src): src_gradient passes inside the range and is zero outside;
// returns the derivative with respect to scale (straight-through on the rounding only).
double ck_fake_quantize_gradient(size_t count, const float *src, float scale, int zero_point,
                                 int levels, const float *gradient, float *src_gradient);

// ---- roundoff.c

typedef struct {
  float scale;
  int zero_point, levels;
} ck_grid;

enum { CK_ROUNDOFF_GRIDS = 8 };

// sums[g] = Σ |w − ŵ| / |w| over w ≠ 0 if relative, else Σ (w − ŵ)², on each of up to CK_ROUNDOFF_GRIDS
// grids, codes found by x · (1 / scale); returns how many w were counted.
size_t ck_roundoff(size_t count, const float *src, int grids, const ck_grid *grid, int relative,
                   double *sums);

// ---- quantization_error.c

// Σ |src − fake_quantize(src)|^p for p > 0, by exp2(p · log2 ·), if it is at most limit; else some number
// above limit, found without reading all of src.
double ck_quantization_error(size_t count, const float *src, float scale, int zero_point,
                             int levels, float p, double limit);

// ---- gptq.c

// Floats of scratch that a call below needs.
size_t ck_gptq_scratch(int rows, int n);

// codes (rows×n) of weights (rows×n), column after column from the last to the first, each rounded after
// adding the residuals w − ŵ of the columns behind it times factor (n×n), of which the strict lower
// triangle counts: L with every column divided by its diagonal entry.
void ck_gptq_round(int rows, int n, const float *weights, const float *factor,
                            const float *scale, const float *zero_point, int levels,
                            float *scratch, uint8_t *codes);

// matrix (rows×n) becomes matrix · (L·diag(pivots)·Lᵀ)⁻¹, with L the unit lower triangle of factor (n×n).
void ck_solve_through_factor(int rows, int n, const float *factor, const float *pivots,
                             float *matrix);

#endif
