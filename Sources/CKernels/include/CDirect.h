// Direct 3×3 convolution, faster than im2col + GEMM if there are few channels, by vectors of two widths.
#ifndef CDIRECT_H
#define CDIRECT_H

#include "CExecution.h"
#include "CReference.h"

// Whether direct.c computes this convolution, and faster, with the family in use; there is no portable form.
int ck_direct_applies(const ck_convolution *c, int images);
// Images that one call takes: their padded planes stay in the second-level cache.
int ck_direct_images(const ck_convolution *c);
size_t ck_direct_scratch(const ck_convolution *c, int images);

// src (N,C,H,W), weights (OC,C,3,3), dst (N,OC,H,W).
void ck_direct_forward(ce_family family, const ck_convolution *c, int images, const float *src,
                       const float *weights, const float *bias, int relu, float *dst,
                       float *scratch);
// Adds to weights_gradient.
void ck_direct_weights_gradient(ce_family family, const ck_convolution *c, int images,
                                const float *src, const float *dst_gradient,
                                float *weights_gradient, float *scratch);
void ck_direct_src_gradient(ce_family family, const ck_convolution *c, int images,
                            const float *weights, const float *dst_gradient, float *src_gradient,
                            float *scratch);

#endif
