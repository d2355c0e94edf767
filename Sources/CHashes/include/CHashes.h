// The inner loop of the secure hash SHA-256.
#ifndef CHASHES_H
#define CHASHES_H

#include <stddef.h>
#include <stdint.h>

/// Mixes `count` blocks of 64 bytes into the eight words of `state` (FIPS 180-4, section 6.2.2), by the
/// processor's own instructions where it has them.
void ch_sha256_blocks(uint32_t *state, const uint8_t *blocks, size_t count);

/// The same in plain C: what runs elsewhere, and what the instructions are tested against.
void ch_sha256_blocks_plain(uint32_t *state, const uint8_t *blocks, size_t count);

#endif
