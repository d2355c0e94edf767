// Panels of weights for integer kernels.
#include "forms.h"

#include <string.h>

static int least(int count, const int16_t *values) {
  int low = values[0];
  for (int i = 1; i < count; i++) low = values[i] < low ? values[i] : low;
  return low;
}

static int greatest(int count, const int16_t *values) {
  int high = values[0];
  for (int i = 1; i < count; i++) high = values[i] > high ? values[i] : high;
  return high;
}

// Returns the number that is subtracted from a filter's weights to make them signed bytes, or 0 if they are.
static int shift_of(int length, const int16_t *filter) {
  int low = least(length, filter), high = greatest(length, filter);
  return high > INT8_MAX ? high - INT8_MAX : low < INT8_MIN ? low - INT8_MIN : 0;
}

static int fits_bytes(int length, const int16_t *filter) {
  return greatest(length, filter) - least(length, filter) <= UINT8_MAX;
}

// Returns 1 if every sum of two neighbouring products fits 16 bits, for codes up to `largest`.
static int pairs_fit(size_t count, int largest, const int16_t *weights) {
  for (size_t i = 0; i < count; i += 2) {
    int a = weights[i], b = weights[i + 1];
    int highest = (a > 0 ? a : 0) + (b > 0 ? b : 0), lowest = (a < 0 ? a : 0) + (b < 0 ? b : 0);
    if (highest * largest > INT16_MAX || lowest * largest < INT16_MIN) return 0;
  }
  return 1;
}

form form_for(ce_dot dot, int outputs, int length, int largest, const int16_t *weights) {
  if (dot == CE_DOT_PORTABLE) return FORM_PLAIN;
  int shifts = 0;
  for (int o = 0; o < outputs; o++) {
    const int16_t *filter = weights + (size_t)o * length;
    if (!fits_bytes(length, filter)) return FORM_S16;
    shifts |= shift_of(length, filter) != 0;
  }
  if (dot == CE_DOT_AVX_VNNI || dot == CE_DOT_AVX512_VNNI)
    return shifts ? FORM_S8_SUMS : FORM_S8;
  int exact = !shifts && pairs_fit((size_t)outputs * length, largest, weights);
  return exact ? FORM_S8 : FORM_S16;
}

const char *form_name(int form) {
  static const char *const names[] = {"s16", "s8", "s8 and window sums", "s16"};
  return names[form];
}

size_t form_header(int form, int outputs) {
  size_t bytes = outputs * sizeof(int32_t);
  return form == FORM_S8_SUMS ? (bytes + 63) / 64 * 64 : 0;
}

size_t form_output_bytes(int form, int length) {
  return (size_t)length * (form == FORM_S8 || form == FORM_S8_SUMS ? 1 : sizeof(int16_t));
}

// Packs one block of outputs; filters are `length` apart.
static void pack_bytes(int block, int length, const int16_t *weights, const int32_t *shifts,
                       int8_t *packed) {
  for (int k = 0; k < length; k += 4)
    for (int o = 0; o < block; o++)
      for (int i = 0; i < 4; i++)
        *packed++ = (int8_t)(weights[(size_t)o * length + k + i] - (shifts ? shifts[o] : 0));
}

// Packs, for each vector of `lanes` outputs, the first and third of four taps, then the second and fourth.
static void pack_words(int block, int lanes, int length, const int16_t *weights,
                       int16_t *packed) {
  for (int k = 0; k < length; k += 4)
    for (int first = 0; first < block; first += lanes)
      for (int odd = 0; odd < 2; odd++)
        for (int o = first; o < first + lanes; o++) {
          const int16_t *four = weights + (size_t)o * length + k;
          *packed++ = four[odd];
          *packed++ = four[odd + 2];
        }
}

void form_pack_block(int form, ce_dot dot, int block, int length, const int16_t *filters,
                     int32_t *shifts, void *packed) {
  for (int o = 0; o < block && shifts; o++)
    shifts[o] = shift_of(length, filters + (size_t)o * length);
  if (form == FORM_PLAIN)
    memcpy(packed, filters, block * form_output_bytes(form, length));
  else if (form == FORM_S16)
    pack_words(block, dot >= CE_DOT_AVX512 ? 16 : 8, length, filters, packed);
  else
    pack_bytes(block, length, filters, shifts, packed);
}

void form_pack(int form, ce_dot dot, int outputs, int length, int first, int end,
               const int16_t *weights, void *panels) {
  int32_t *shifts = form == FORM_S8_SUMS ? panels : 0;
  uint8_t *blocks = (uint8_t *)panels + form_header(form, outputs);
  for (int o = first; o < end;) {
    int block = block_width(dot, outputs, o);
    form_pack_block(form, dot, block, length, weights + (size_t)o * length,
                    shifts ? shifts + o : 0, blocks + o * form_output_bytes(form, length));
    o += block;
  }
}
