// The gradients of Winograd's convolution F(4×4, 3×3). With u = G g Gᵀ, v = Bᵀ d B and Y = Aᵀ (u ⊙ v) A, the
// gradient dY gives dm = A dY Aᵀ, and from it dd = B (u ⊙ dm) Bᵀ and dg = Gᵀ (v ⊙ dm) G.
#include "winograd.h"

#include "CTraining.h"

// One column (or row) of G g.
#define TRANSFORM_WEIGHTS(g0, g1, g2, t)                                     \
  do {                                                                       \
    channel_vector ends = (g0) + (g2), far = (g0) + 4.0f * (g2);             \
    (t)[0] = 0.25f * (g0);                                                   \
    (t)[1] = (-1.0f / 6) * (ends + (g1));                                    \
    (t)[2] = (-1.0f / 6) * (ends - (g1));                                    \
    (t)[3] = (1.0f / 24) * far + (1.0f / 12) * (g1);                         \
    (t)[4] = (1.0f / 24) * far - (1.0f / 12) * (g1);                         \
    (t)[5] = (g2);                                                           \
  } while (0)

// Transforms sixteen kernels, which lie `lane` floats apart; the 36 positions lie `position` floats apart
// in dst.
AVX512 static void transform_kernels(const float *g, size_t lane, float *dst, size_t position) {
  float taps[9][CHANNEL_BLOCK];
  for (int i = 0; i < CHANNEL_BLOCK; i++)
    for (int tap = 0; tap < 9; tap++) taps[tap][i] = g[i * lane + tap];
  channel_vector half[SIDE][3];  // G g
  for (int x = 0; x < 3; x++) {
    channel_vector t[SIDE];
    TRANSFORM_WEIGHTS(load_channels(taps[x]), load_channels(taps[3 + x]), load_channels(taps[6 + x]),
                      t);
    for (int y = 0; y < SIDE; y++) half[y][x] = t[y];
  }
  for (int y = 0; y < SIDE; y++) {
    channel_vector t[SIDE];
    TRANSFORM_WEIGHTS(half[y][0], half[y][1], half[y][2], t);
    for (int x = 0; x < SIDE; x++) store_channels(dst + (y * SIDE + x) * position, t[x]);
  }
}

void ck_winograd_weights(int out_channels, int channels, int first_output, int count, int by_input,
                         const float *weights, ck_matrices lie, float *transformed) {
  if (by_input) {
    for (int first = first_output; first < first_output + count; first += CHANNEL_BLOCK)
      for (int channel = 0; channel < channels; channel++)
        transform_kernels(weights + ((size_t)first * channels + channel) * 9, (size_t)channels * 9,
                          transformed + channel * lie.row + first, lie.matrix);
  } else {
    for (int out = first_output; out < first_output + count; out++)
      for (int first = 0; first < channels; first += CHANNEL_BLOCK)
        transform_kernels(weights + ((size_t)out * channels + first) * 9, 9,
                          transformed + out * lie.row + first, lie.matrix);
  }
}

// One column (or row) of A y.
#define SPREAD_OUTPUT(y0, y1, y2, y3, t)                                   \
  do {                                                                     \
    channel_vector even = (y0) + (y2), odd = (y1) + (y3);                  \
    channel_vector far = (y0) + 4.0f * (y2), steep = 2.0f * (y1) + 8.0f * (y3); \
    (t)[0] = (y0);                                                         \
    (t)[1] = even + odd;                                                   \
    (t)[2] = even - odd;                                                   \
    (t)[3] = far + steep;                                                  \
    (t)[4] = far - steep;                                                  \
    (t)[5] = (y3);                                                         \
  } while (0)

AVX512 static void spread_output(const float *pixels, size_t row, float *dst, size_t stride) {
  channel_vector half[SIDE][TILE];  // A dY
  for (int x = 0; x < TILE; x++) {
    const float *p = pixels + x * CHANNEL_BLOCK;
    channel_vector t[SIDE];
    SPREAD_OUTPUT(load_channels(p), load_channels(p + row), load_channels(p + 2 * row),
                  load_channels(p + 3 * row), t);
    for (int y = 0; y < SIDE; y++) half[y][x] = t[y];
  }
  for (int y = 0; y < SIDE; y++) {
    channel_vector t[SIDE];
    SPREAD_OUTPUT(half[y][0], half[y][1], half[y][2], half[y][3], t);
    for (int x = 0; x < SIDE; x++) store_channels(dst + (size_t)(y * SIDE + x) * stride, t[x]);
  }
}

AVX512 void ck_winograd_output_gradient(const ck_blocked *to, int first, int count,
                                        const float *dst_gradient, ck_matrices lie,
                                        float *gradients) {
  int across = tiles_across(to->width);
  for (int i = 0; i < count; i++) {
    int y = (first + i) / across * TILE, x = (first + i) % across * TILE;
    for (int block = 0; block < to->channels / CHANNEL_BLOCK; block++)
      spread_output(dst_gradient + blocked_pixel(to, block, y, x), blocked_row(to),
                    gradients + i * lie.row + block * CHANNEL_BLOCK, lie.matrix);
  }
}

// One column (or row) of B t.
#define SPREAD_INPUT(t0, t1, t2, t3, t4, t5, d)                            \
  do {                                                                     \
    channel_vector near = (t1) + (t2), far = (t3) + (t4);                  \
    channel_vector a = (t1) - (t2), b = (t3) - (t4);                       \
    (d)[0] = 4.0f * (t0);                                                  \
    (d)[1] = 4.0f * ((t5) - a) - 2.0f * b;                                 \
    (d)[2] = -5.0f * (t0) - 4.0f * near - far;                             \
    (d)[3] = a + 2.0f * b - 5.0f * (t5);                                   \
    (d)[4] = (t0) + near + far;                                            \
    (d)[5] = (t5);                                                         \
  } while (0)

AVX512 static void spread_input(const float *gradients, size_t stride,
                                channel_vector d[SIDE][SIDE]) {
  channel_vector half[SIDE][SIDE];  // B dv
  for (int x = 0; x < SIDE; x++) {
    channel_vector t[SIDE], column[SIDE];
    for (int y = 0; y < SIDE; y++)
      t[y] = load_channels(gradients + (size_t)(y * SIDE + x) * stride);
    SPREAD_INPUT(t[0], t[1], t[2], t[3], t[4], t[5], column);
    for (int y = 0; y < SIDE; y++) half[y][x] = column[y];
  }
  for (int y = 0; y < SIDE; y++)
    SPREAD_INPUT(half[y][0], half[y][1], half[y][2], half[y][3], half[y][4], half[y][5], d[y]);
}

AVX512 void ck_winograd_input_gradient(const ck_blocked *from, int first, int count,
                                       ck_matrices lie, const float *gradients,
                                       float *src_gradient) {
  int across = tiles_across(from->width);
  for (int i = 0; i < count; i++) {
    int top = (first + i) / across * TILE - 1, left = (first + i) % across * TILE - 1;
    for (int block = 0; block < from->channels / CHANNEL_BLOCK; block++) {
      channel_vector d[SIDE][SIDE];
      spread_input(gradients + i * lie.row + block * CHANNEL_BLOCK, lie.matrix, d);
      for (int y = 0; y < SIDE; y++) {
        if (top + y < 0 || top + y >= from->height) continue;
        for (int x = 0; x < SIDE; x++) {
          if (left + x < 0 || left + x >= from->width) continue;
          float *place = src_gradient + blocked_pixel(from, block, top + y, left + x);
          store_channels(place, load_channels(place) + d[y][x]);
        }
      }
    }
  }
}

// One column (or row) of Gᵀ u.
#define GATHER_WEIGHTS(u0, u1, u2, u3, u4, u5, g)                            \
  do {                                                                       \
    channel_vector near = (u1) + (u2), far = (u3) + (u4);                    \
    (g)[0] = 0.25f * (u0) - (1.0f / 6) * near + (1.0f / 24) * far;           \
    (g)[1] = (1.0f / 6) * ((u2) - (u1)) + (1.0f / 12) * ((u3) - (u4));       \
    (g)[2] = (1.0f / 6) * (far - near) + (u5);                               \
  } while (0)

AVX512 static void gather_kernels(const float *gradients, size_t position, float *dst) {
  channel_vector half[3][SIDE];  // Gᵀ du
  for (int x = 0; x < SIDE; x++) {
    channel_vector u[SIDE], g[3];
    for (int y = 0; y < SIDE; y++) u[y] = load_channels(gradients + (y * SIDE + x) * position);
    GATHER_WEIGHTS(u[0], u[1], u[2], u[3], u[4], u[5], g);
    for (int y = 0; y < 3; y++) half[y][x] = g[y];
  }
  float taps[9][CHANNEL_BLOCK];
  for (int y = 0; y < 3; y++) {
    channel_vector g[3];
    GATHER_WEIGHTS(half[y][0], half[y][1], half[y][2], half[y][3], half[y][4], half[y][5], g);
    for (int x = 0; x < 3; x++) store_channels(taps[y * 3 + x], g[x]);
  }
  for (int i = 0; i < CHANNEL_BLOCK; i++)
    for (int tap = 0; tap < 9; tap++) dst[i * 9 + tap] = taps[tap][i];
}

void ck_winograd_weights_gradient(int channels, int first, int count, ck_matrices lie,
                                  const float *gradients, float *weights_gradient) {
  for (int out = first; out < first + count; out++)
    for (int channel = 0; channel < channels; channel += CHANNEL_BLOCK)
      gather_kernels(gradients + out * lie.row + channel, lie.matrix,
                     weights_gradient + ((size_t)out * channels + channel) * 9);
}
