// The contract of the kernels: loops over float pointers and BLAS calls, nothing else.
//
// Every buffer belongs to the caller and is contiguous; shapes stand beside the parameters, N images,
// C channels, H×W pixels, OC output channels. Kernels keep no state, choose no threads and report no
// errors: the Swift above them checks shapes. Input, weights, bias and output are called src, weights,
// bias and dst here.
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
