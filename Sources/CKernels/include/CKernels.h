// The contract of the kernels: they are loops over pointers, and calls of BLAS and LAPACK.
//
// Every buffer belongs to the caller and is contiguous. Comments give the shapes: N images, C channels,
// H×W pixels, OC output channels. Kernels keep no state, start no threads and report no errors: the Swift
// code above them checks shapes. Input, weights, bias and output are called src, weights, bias and dst.
// `a ← b` means that the function writes b to a.
#ifndef CKERNELS_H
#define CKERNELS_H

#include "CBlocked.h"
#include "CDirect.h"
#include "CExactWinograd.h"
#include "CInteger.h"
#include "CPortable.h"
#include "CQuantize.h"
#include "CReference.h"
#include "CTraining.h"

#endif
