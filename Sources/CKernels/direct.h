// Private to CKernels: the convolutions that direct.c takes over from im2col + GEMM.
#ifndef DIRECT_H
#define DIRECT_H

#include "CKernels.h"

// Whether direct.c computes this convolution faster, on this processor.
int direct_applies(const ck_convolution *c, int images);
// Images that one call takes: their padded planes stay in the second-level cache.
int direct_images(const ck_convolution *c);
size_t direct_scratch(const ck_convolution *c, int images);

void direct_forward(const ck_convolution *c, int images, const float *src, const float *weights,
                    const float *bias, int relu, float *dst, float *scratch);
// Adds to weights_gradient.
void direct_weights_gradient(const ck_convolution *c, int images, const float *src,
                             const float *dst_gradient, float *weights_gradient, float *scratch);
void direct_src_gradient(const ck_convolution *c, int images, const float *weights,
                         const float *dst_gradient, float *src_gradient, float *scratch);

#endif
