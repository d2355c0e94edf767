// Direct 3×3 convolution with AVX2 or AVX-512. It is faster than im2col + GEMM if there are few channels.
#ifndef CDIRECT_H
#define CDIRECT_H

#include "CExecution.h"
#include "CReference.h"

// Returns 1 if direct.c is the faster way to compute this convolution with the family in use. It has no
// portable form, and portable math does not use it.
int ck_direct_applies(const ck_convolution *c, int images);
// Returns the number of images that one call should take, so that their padded planes stay in the second-level
// cache.
int ck_direct_images(const ck_convolution *c);
// Returns the floats of scratch that a call on `images` images needs.
size_t ck_direct_scratch(const ck_convolution *c, int images);

// src (N,C,H,W), weights (OC,C,3,3), dst (N,OC,H,W).
void ck_direct_forward(ce_family family, const ck_convolution *c, int images, const float *src,
                       const float *weights, const float *bias, int relu, float *dst,
                       float *scratch);
// Adds the gradient to weights_gradient.
void ck_direct_weights_gradient(ce_family family, const ck_convolution *c, int images,
                                const float *src, const float *dst_gradient,
                                float *weights_gradient, float *scratch);
void ck_direct_src_gradient(ce_family family, const ck_convolution *c, int images,
                            const float *weights, const float *dst_gradient, float *src_gradient,
                            float *scratch);

#endif
