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
// minimum, maximum ← the smallest and the largest value; count is at least 1.
void ck_minimum_maximum(size_t count, const float *src, float *minimum, float *maximum);
// counts[bin] += 1 for every value. Bins split [minimum, maximum] evenly, and values outside count in the
// first or last bin.
void ck_histogram(size_t count, const float *src, float minimum, float maximum, int bins,
                  uint64_t *counts);
// Gradients of Σ gradient · fake_quantize(src), straight-through on the rounding only. src_gradient is
// gradient inside the range and zero outside; the derivative with respect to scale is returned.
double ck_fake_quantize_gradient(size_t count, const float *src, float scale, int zero_point,
                                 int levels, const float *gradient, float *src_gradient);

// ---- roundoff.c

typedef struct {
  float scale;
  int zero_point, levels;
} ck_grid;

enum { CK_ROUNDOFF_GRIDS = 8 };

// sums[g] = Σ |w − ŵ| / |w| over w ≠ 0 if relative, else Σ (w − ŵ)², on each of up to CK_ROUNDOFF_GRIDS
// grids. Codes are found by x · (1 / scale). Returns the number of weights in the sums.
size_t ck_roundoff(size_t count, const float *src, int grids, const ck_grid *grid, int relative,
                   double *sums);

// ---- quantization_error.c

// Returns Σ |src − fake_quantize(src)|^p for p > 0, by exp2(p · log2 ·), if the sum is at most limit.
// Otherwise it returns some number above limit without reading all of src.
double ck_quantization_error(size_t count, const float *src, float scale, int zero_point,
                             int levels, float p, double limit);

// ---- gptq.c

// Returns the floats of scratch that ck_gptq_round needs.
size_t ck_gptq_scratch(int rows, int n);

// codes (rows×n) ← weights (rows×n), rounded column after column from the last to the first. Before a column
// is rounded, the residuals w − ŵ of the columns after it, times factor (n×n), are added to it. factor is L
// with every column divided by its diagonal entry; only its strict lower triangle is read.
void ck_gptq_round(int rows, int n, const float *weights, const float *factor,
                            const float *scale, const float *zero_point, int levels,
                            float *scratch, uint8_t *codes);

// matrix (rows×n) = matrix · (L·diag(pivots)·Lᵀ)⁻¹. L is the lower triangle of factor (n×n), with ones on its
// diagonal.
void ck_solve_through_factor(int rows, int n, const float *factor, const float *pivots,
                             float *matrix);

#endif
