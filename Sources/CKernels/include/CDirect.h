// Direct 3×3 convolution, faster than im2col + GEMM if there are few channels, by vectors of two widths.
#ifndef CDIRECT_H
#define CDIRECT_H

#include "CReference.h"

// The vectors that direct.c is written for, the widest last.
typedef enum { CK_NO_VECTORS, CK_AVX2, CK_AVX512 } ck_vectors;

// The widest that this processor has.
ck_vectors ck_direct_vectors(void);
// Whether direct.c computes this convolution faster, on this processor.
int ck_direct_applies(const ck_convolution *c, int images);
// Images that one call takes: their padded planes stay in the second-level cache.
int ck_direct_images(const ck_convolution *c);
size_t ck_direct_scratch(const ck_convolution *c, int images);

// src (N,C,H,W), weights (OC,C,3,3), dst (N,OC,H,W).
void ck_direct_forward(ck_vectors vectors, const ck_convolution *c, int images, const float *src,
                       const float *weights, const float *bias, int relu, float *dst,
                       float *scratch);
// Adds to weights_gradient.
void ck_direct_weights_gradient(ck_vectors vectors, const ck_convolution *c, int images,
                                const float *src, const float *dst_gradient,
                                float *weights_gradient, float *scratch);
void ck_direct_src_gradient(ck_vectors vectors, const ck_convolution *c, int images,
                            const float *weights, const float *dst_gradient, float *src_gradient,
                            float *scratch);

#endif
