// The pixels of a map that a pooling window covers along an axis.
#ifndef RANGE_H
#define RANGE_H

typedef struct {
  int first, end;
} range;

// Returns the pixels of an axis of `extent` pixels inside window `index`.
static inline range under(int index, int extent, int kernel, int stride, int padding) {
  int first = index * stride - padding, end = first + kernel;
  return (range){first < 0 ? 0 : first, end > extent ? extent : end};
}

#endif
