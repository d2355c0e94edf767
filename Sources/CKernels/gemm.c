#include "CKernels.h"
#include <cblas.h>
void openblas_set_num_threads(int);
void ck_use_one_blas_thread(void) { openblas_set_num_threads(1); }
