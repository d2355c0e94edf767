// Winograd's convolution F(4×4, 3×3) (Lavin and Gray, "Fast Algorithms for Convolutional Neural
// Networks", CVPR 2016): a tile of 4×4 outputs needs 36 products per pair of channels instead of 144.
//
//   Y = Aᵀ [ (G g Gᵀ) ⊙ (Bᵀ d B) ] A, with d the 6×6 pixels and g the 3×3 weights.
#include "winograd.h"

int ck_winograd_tiles(const ck_blocked *to) {
  return tiles_across(to->height) * tiles_across(to->width);
}

typedef double channel_doubles __attribute__((vector_size(CHANNEL_BLOCK * sizeof(double))));

// Computes G g Gᵀ in double, for sixteen kernels that begin `stride` floats apart.
AVX512 static void transform_weights(
    const float *weights, size_t stride, channel_doubles u[POSITIONS]) {
#pragma STDC FP_CONTRACT OFF
  static const double G[SIDE][3] = {{1.0 / 4, 0, 0},
                                    {-1.0 / 6, -1.0 / 6, -1.0 / 6},
                                    {-1.0 / 6, 1.0 / 6, -1.0 / 6},
                                    {1.0 / 24, 1.0 / 12, 1.0 / 6},
                                    {1.0 / 24, -1.0 / 12, 1.0 / 6},
                                    {0, 0, 1}};
  channel_doubles g[9], half[SIDE][3];
  for (int tap = 0; tap < 9; tap++)
    for (int lane = 0; lane < CHANNEL_BLOCK; lane++) g[tap][lane] = weights[lane * stride + tap];
  for (int i = 0; i < SIDE; i++)
    for (int x = 0; x < 3; x++)
      half[i][x] = G[i][0] * g[x] + G[i][1] * g[3 + x] + G[i][2] * g[6 + x];
  for (int i = 0; i < SIDE; i++)
    for (int j = 0; j < SIDE; j++)
      u[i * SIDE + j] = half[i][0] * G[j][0] + half[i][1] * G[j][1] + half[i][2] * G[j][2];
}

AVX512 void ck_winograd_pack(int out_channels, int channels, int first, int end,
                             const float *weights, float *packed) {
  size_t matrix = (size_t)out_channels * channels;
  while (first < end) {
    int block = output_block(out_channels, first);
    for (int channel = 0; channel < channels; channel++)
      for (int i = 0; i < block; i += CHANNEL_BLOCK) {
        channel_doubles u[POSITIONS];
        transform_weights(
            weights + ((size_t)(first + i) * channels + channel) * 9, (size_t)channels * 9, u);
        float *place = packed + (size_t)first * channels + (size_t)channel * block + i;
        for (int position = 0; position < POSITIONS; position++) {
          store_channels(
              place + position * matrix, __builtin_convertvector(u[position], channel_vector));
        }
      }
    first += block;
  }
}

// One column (or row) of Bᵀ d.
#define TRANSFORM_INPUT(d0, d1, d2, d3, d4, d5, t)       \
  do {                                                   \
    channel_vector a = (d4) - 4.0f * (d2), b = (d3) - 4.0f * (d1); \
    channel_vector c = (d4) - (d2), f = 2.0f * ((d3) - (d1));      \
    (t)[0] = 4.0f * (d0) - 5.0f * (d2) + (d4);           \
    (t)[1] = a + b;                                      \
    (t)[2] = a - b;                                      \
    (t)[3] = c + f;                                      \
    (t)[4] = c - f;                                      \
    (t)[5] = 4.0f * (d1) - 5.0f * (d3) + (d5);           \
  } while (0)

AVX512 static void transform_input(const float *pixels, size_t row, float *dst, size_t stride) {
  channel_vector half[SIDE][SIDE];  // columns of Bᵀ d
  for (int x = 0; x < SIDE; x++) {
    const float *p = pixels + x * CHANNEL_BLOCK;
    channel_vector d[SIDE], t[SIDE];
    for (int y = 0; y < SIDE; y++) d[y] = load_channels(p + y * row);
    TRANSFORM_INPUT(d[0], d[1], d[2], d[3], d[4], d[5], t);
    for (int y = 0; y < SIDE; y++) half[y][x] = t[y];
  }
  for (int y = 0; y < SIDE; y++) {
    channel_vector t[SIDE];
    TRANSFORM_INPUT(half[y][0], half[y][1], half[y][2], half[y][3], half[y][4], half[y][5], t);
    for (int x = 0; x < SIDE; x++) store_channels(dst + (size_t)(y * SIDE + x) * stride, t[x]);
  }
}

AVX512 void ck_winograd_input(const ck_blocked *from, int first, int count, const float *src,
                              ck_matrices lie, float *inputs) {
  int across = tiles_across(from->width);
  for (int i = 0; i < count; i++) {
    int y = (first + i) / across * TILE, x = (first + i) % across * TILE;
    for (int block = 0; block < from->channels / CHANNEL_BLOCK; block++)
      transform_input(src + blocked_pixel(from, block, y - 1, x - 1), blocked_row(from),
                      inputs + i * lie.row + block * CHANNEL_BLOCK, lie.matrix);
  }
}

// One column (or row) of Aᵀ m.
#define TRANSFORM_OUTPUT(m0, m1, m2, m3, m4, m5, t)              \
  do {                                                           \
    channel_vector a = (m1) + (m2), b = (m1) - (m2);             \
    channel_vector c = (m3) + (m4), f = (m3) - (m4);             \
    (t)[0] = (m0) + a + c;                                       \
    (t)[1] = b + 2.0f * f;                                       \
    (t)[2] = a + 4.0f * c;                                       \
    (t)[3] = b + 8.0f * f + (m5);                                \
  } while (0)

AVX512 static void transform_output(const float *products, size_t stride,
                                    channel_vector y[TILE][TILE]) {
  channel_vector half[TILE][SIDE];  // Aᵀ m
  for (int x = 0; x < SIDE; x++) {
    channel_vector m[SIDE], t[TILE];
    for (int i = 0; i < SIDE; i++) m[i] = load_channels(products + (size_t)(i * SIDE + x) * stride);
    TRANSFORM_OUTPUT(m[0], m[1], m[2], m[3], m[4], m[5], t);
    for (int i = 0; i < TILE; i++) half[i][x] = t[i];
  }
  for (int i = 0; i < TILE; i++)
    TRANSFORM_OUTPUT(half[i][0], half[i][1], half[i][2], half[i][3], half[i][4], half[i][5], y[i]);
}

AVX512 void ck_winograd_output(const ck_blocked *to, int first, int count, ck_matrices lie,
                               const float *products, const ck_epilogue *e, const float *residual,
                               float *dst) {
  int across = tiles_across(to->width);
  for (int i = 0; i < count; i++) {
    int top = (first + i) / across * TILE, left = (first + i) % across * TILE;
    for (int block = 0; block < to->channels / CHANNEL_BLOCK; block++) {
      channel_vector y[TILE][TILE];
      transform_output(products + i * lie.row + block * CHANNEL_BLOCK, lie.matrix, y);
      for (int row = 0; row < TILE && top + row < to->height; row++)
        for (int column = 0; column < TILE && left + column < to->width; column++) {
          size_t place = blocked_pixel(to, block, top + row, left + column);
          store_channels(dst + place, finish(e, y[row][column], e->bias + block * CHANNEL_BLOCK,
                                             residual ? residual + place : 0));
        }
    }
  }
}
