// Private to CKernels: the extents of Winograd's F(4×4, 3×3).
#ifndef WINOGRAD_H
#define WINOGRAD_H

#include "indirect.h"

enum { TILE = 4, SIDE = 6, POSITIONS = SIDE * SIDE };

static inline int tiles_across(int extent) { return (extent + TILE - 1) / TILE; }

#endif
