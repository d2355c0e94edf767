#ifndef CKERNELS_H
#define CKERNELS_H
void ck_use_one_blas_thread(void);
#endif
