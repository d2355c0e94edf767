// Exact Winograd convolutions: guards, panels, and the three steps of a part of the tiles.
#include "exact_winograd.h"

#include <string.h>

static const winograd_form *form_of(const ck_exact_winograd *w) {
  return w->tile == 4 ? &winograd_in_words : &winograd_in_bytes;
}

static size_t rounded_up(size_t bytes) { return (bytes + 63) / 64 * 64; }

// ---- guards

int64_t ck_largest_half_sum(int outputs, int length, const int16_t *weights) {
  int64_t largest = 0;
  for (int o = 0; o < outputs; o++, weights += length) {
    int32_t positive = 0, negative = 0;
    for (int i = 0; i < length; i++) {
      positive += weights[i] > 0 ? weights[i] : 0;
      negative -= weights[i] < 0 ? weights[i] : 0;
    }
    int64_t half = positive > negative ? positive : negative;
    if (half > largest) largest = half;
  }
  return largest;
}

// u ← the transforms of sixteen channels of output o, from c on.
static void transformed(const ck_exact_winograd *w, const int16_t *weights, int o, int c,
                        word_block u[MOST_POSITIONS]) {
  int channels = w->from.channels;
  word_block g[9];
  for (int tap = 0; tap < 9; tap++)
    g[tap] = load_words(weights + ((size_t)o * 9 + tap) * channels + c);
  form_of(w)->transform_weights(g, u);
}

int ck_exact_winograd_largest_weight(const ck_exact_winograd *w, const int16_t *weights) {
  int positions = form_of(w)->points * form_of(w)->points;
  word_block largest = 0;
  for (int o = 0; o < w->to.channels; o++)
    for (int c = 0; c < w->from.channels; c += CODES_BLOCK) {
      word_block u[MOST_POSITIONS];
      transformed(w, weights, o, c, u);
      for (int position = 0; position < positions; position++)
        largest = __builtin_elementwise_max(largest, __builtin_elementwise_abs(u[position]));
    }
  return __builtin_reduce_max(largest);
}

int ck_exact_winograd_suits(const ck_exact_winograd *w, const int16_t *weights) {
  const winograd_form *form = form_of(w);
  if (w->largest_code > form->largest_code) return 0;
  int64_t half = ck_largest_half_sum(w->to.channels, 9 * w->from.channels, weights);
  if (half * w->largest_code >= form->half_sums) return 0;
  return form->fits_all_weights ||
         ck_exact_winograd_largest_weight(w, weights) <= form->largest_weight;
}

// ---- panels: the starts of sums (points², OC), for bytes only; then, for each block of outputs,
// (points², C, outputs), with channels in groups of 32 bits

static size_t bytes_of_starts(const ck_exact_winograd *w) {
  const winograd_form *form = form_of(w);
  return form->offset ? rounded_up(4 * (size_t)form->points * form->points * w->to.channels) : 0;
}

// Returns the bytes of the weights of one position and output.
static size_t bytes_of_filter(const ck_exact_winograd *w) {
  return (size_t)w->from.channels * form_of(w)->entry;
}

size_t ck_exact_winograd_panel_bytes(const ck_exact_winograd *w) {
  int positions = form_of(w)->points * form_of(w)->points;
  return bytes_of_starts(w) + positions * w->to.channels * bytes_of_filter(w);
}

// Stores sixteen channels from c on in a panel of `outputs` outputs, of which o is the index.
static void put_filter(int entry, word_block u, int c, int o, int outputs, uint8_t *panel) {
  typedef int8_t byte_block __attribute__((ext_vector_type(CODES_BLOCK)));
  uint32_t groups[CODES_BLOCK / 2];
  byte_block bytes = __builtin_convertvector(u, byte_block);
  memcpy(groups, entry == 2 ? (const void *)&u : (const void *)&bytes, CODES_BLOCK * entry);
  uint32_t *place = (uint32_t *)panel + (size_t)c * entry / 4 * outputs + o;
  for (int group = 0; group < CODES_BLOCK * entry / 4; group++) place[group * outputs] = groups[group];
}

static void pack_output(const ck_exact_winograd *w, int first, int outputs, int o,
                        const int16_t *weights, void *panels) {
  const winograd_form *form = form_of(w);
  int positions = form->points * form->points;
  size_t filter = bytes_of_filter(w);
  uint8_t *block = (uint8_t *)panels + bytes_of_starts(w) + positions * first * filter;
  int32_t sums[MOST_POSITIONS] = {0};
  for (int c = 0; c < w->from.channels; c += CODES_BLOCK) {
    word_block u[MOST_POSITIONS];
    transformed(w, weights, o, c, u);
    for (int position = 0; position < positions; position++) {
      put_filter(form->entry, u[position], c, o - first, outputs, block + position * outputs * filter);
      if (form->offset) sums[position] += __builtin_reduce_add(u[position]);
    }
  }
  if (form->offset)
    for (int position = 0; position < positions; position++)
      ((int32_t *)panels)[position * w->to.channels + o] =
          -form->offset(position, w->largest_code) * sums[position];
}

void ck_exact_winograd_pack(const ck_exact_winograd *w, int first, int end, const int16_t *weights,
                            void *panels) {
  while (first < end) {
    int outputs = block_width(w->dot, w->to.channels, first);
    for (int o = first; o < first + outputs; o++)
      pack_output(w, first, outputs, o, weights, panels);
    first += outputs;
  }
}

// ---- the convolution

int ck_exact_winograd_tiles(const ck_exact_winograd *w) {
  int tiles = 0;
  for (int kind = 0; kind < TILE_KINDS; kind++) tiles += grid_of(&w->to, w->tile, kind).count;
  return tiles;
}

int ck_exact_winograd_products(const ck_exact_winograd *w) {
  tile_run down = tiles_of(w->to.height, w->tile), across = tiles_of(w->to.width, w->tile);
  int points = form_of(w)->points;
  return (down.large * points + down.small * (points - 1)) *
         (across.large * points + across.small * (points - 1));
}

int ck_exact_winograd_tiles_at_once(const ck_exact_winograd *w) {
  if (w->from.channels >= 512) return 64;
  return w->tile == 4 && w->from.channels <= 64 ? 24 : 48;
}

static int most_tiles(const ck_exact_winograd *w, int images, int parts) {
  int tiles = 0;
  for (int kind = 0; kind < TILE_KINDS; kind++) {
    int64_t all = (int64_t)images * grid_of(&w->to, w->tile, kind).count;
    tiles += (int)((all + parts - 1) / parts);
  }
  return tiles;
}

// The strides avoid multiples of 4 KiB, with which everything would share the same few lines of a cache.
static winograd_job job_of(const ck_exact_winograd *w, int tiles) {
  const winograd_form *form = form_of(w);
  size_t row = (size_t)w->from.channels * form->entry;
  size_t outputs = block_width(w->dot, w->to.channels, 0);
  return (winograd_job){.w = w,
                        .input_row = row,
                        .input_matrix = rounded_up(tiles * row) + 64,
                        .product_matrix = outputs,
                        .product_row = form->points * form->points * outputs + 16};
}

static size_t bytes_of_inputs(const winograd_job *job) {
  int points = form_of(job->w)->points;
  return points * points * job->input_matrix;
}

size_t ck_exact_winograd_scratch(const ck_exact_winograd *w, int images, int parts) {
  int tiles = most_tiles(w, images, parts);
  winograd_job job = job_of(w, tiles);
  return bytes_of_inputs(&job) + rounded_up(4 * tiles * job.product_row);
}

// products ← inputs · panels, for one block of outputs.
static void multiply_positions(const winograd_job *job, int first, int outputs,
                               const void *panels) {
  const ck_exact_winograd *w = job->w;
  const winograd_form *form = form_of(w);
  panel_multiply multiply = form->multiply(w->dot);
  int positions = form->points * form->points;
  size_t filter = bytes_of_filter(w);
  const int32_t *starts = form->offset ? panels : 0;
  const uint8_t *block = (const uint8_t *)panels + bytes_of_starts(w) + positions * first * filter;
  for (int position = 0; position < positions; position++) {
    int from, end;
    tiles_at(&job->part, form->gap, position / form->points, position % form->points, &from, &end);
    if (from == end) continue;
    panel_product product = {
        .rows = end - from,
        .depth = (int)(filter / 4),
        .outputs = outputs,
        .inputs = job->inputs + position * job->input_matrix + from * job->input_row,
        .input_row = job->input_row,
        .panel = block + position * outputs * filter,
        .start = starts ? starts + position * w->to.channels + first : 0,
        .products = job->products + from * job->product_row + position * job->product_matrix,
        .product_row = job->product_row};
    multiply(&product);
  }
}

void ck_exact_winograd_convolve(const ck_exact_winograd *w, ck_exact_winograd_region r,
                                const uint8_t *src, const void *panels,
                                const ck_requantization *q, ck_output output, void *scratch) {
  const winograd_form *form = form_of(w);
  tile_part part = part_of(&w->to, w->tile, r.images, r.part, r.parts);
  if (part.place[TILE_KINDS] == 0) return;
  winograd_job job = job_of(w, part.place[TILE_KINDS]);
  job.part = part;
  job.src = src;
  job.inputs = scratch;
  job.products = (int32_t *)(job.inputs + bytes_of_inputs(&job));
  job.epilogue = block_epilogue_of(&w->to, q, output);
  form->transform_inputs(&job);
  for (int first = r.first_channel; first < r.end_channel;) {
    int outputs = block_width(w->dot, w->to.channels, first);
    multiply_positions(&job, first, outputs, panels);
    form->transform_outputs(&job, first, first + outputs);
    first += outputs;
  }
}
