/*
 * Tables, folding constants, the portable implementation, and the choice among all of them.
 *
 * All three CRCs are reflected: bit i of a register of w bits stands for x^(w-1-i), and the lowest bit of a
 * message's first byte for its highest power. A 32-bit register is kept in the low half of 64 bits, where
 * "shift right, and add the polynomial when a one falls out" is the same step as for 64 bits; so one piece of code
 * serves all three.
 *
 * Folding. The message is congruent, modulo the polynomial P, to any other in which a 16-byte block X has been
 * replaced by X*x^D added to the block D bits further on: its "fold". Read as a reflected 128-bit value, X is
 * L*x^64 + H, with L in the low and H in the high half, so that
 *     X*x^D  =  L*x^(D+64) + H*x^D   (mod P)
 * The carry-less product of two reflected 64-bit values a and b, read as a reflected 128-bit value, is a*b*x: it has
 * 127 bits, and stands one bit low. The constants make up for it:
 *     low = x^(D+63) mod P,  high = x^(D-1) mod P,
 * each of degree below w, reflected in 64 bits. A stage of N accumulators folds over D = 128*N bits; what is left in
 * them in the end is a message of 16*N bytes with the same register as all it stands for, which the next narrower
 * stage takes, from a register of zero. The first block has the old register added to its first w bits.
 */
#include "crc.h"

#include <pthread.h>
#include <string.h>

static const struct {
  int width;
  uint64_t polynomial; /* reflected, as the CRC catalogue gives them */
} PARAMETERS[CRC_KINDS] = {
  [CRC32] = {32, 0xedb88320},
  [CRC32C] = {32, 0x82f63b78},
  [CRC64NVME] = {64, 0x9a6c9329ac4bc9b5},
};

/* tables[kind][k][b]: the register after byte b and k zero bytes, from zero. */
static uint64_t tables[CRC_KINDS][8][256];
struct crc_fold crc_folds[CRC_KINDS][CRC_FOLDS];

static uint64_t times_x(enum crc_kind kind, uint64_t reg) {
  return (reg >> 1) ^ ((reg & 1) ? PARAMETERS[kind].polynomial : 0);
}

/* x^exponent mod P, reflected in 64 bits. */
static uint64_t power_of_x(enum crc_kind kind, int exponent) {
  uint64_t reg = (uint64_t)1 << (PARAMETERS[kind].width - 1);
  for (int i = 0; i < exponent; i++) reg = times_x(kind, reg);
  return reg << (64 - PARAMETERS[kind].width);
}

static struct crc_fold fold_over(enum crc_kind kind, int bytes) {
  struct crc_fold fold = {power_of_x(kind, bytes * 8 + 63), power_of_x(kind, bytes * 8 - 1)};
  return fold;
}

static void compute_constants(void) {
  for (enum crc_kind kind = 0; kind < CRC_KINDS; kind++) {
    for (int byte = 0; byte < 256; byte++) {
      uint64_t reg = (uint64_t)byte;
      for (int k = 0; k < 8; k++) {
        for (int bit = 0; bit < 8; bit++) reg = times_x(kind, reg);
        tables[kind][k][byte] = reg;
      }
    }
    crc_folds[kind][CRC_FOLD_128_BYTES] = fold_over(kind, 128);
    crc_folds[kind][CRC_FOLD_256_BYTES] = fold_over(kind, 256);
    crc_folds[kind][CRC_FOLD_512_BYTES] = fold_over(kind, 512);
  }
}

void crc_initialise(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, compute_constants);
}

uint64_t crc_ones(enum crc_kind kind) { return ~(uint64_t)0 >> (64 - PARAMETERS[kind].width); }

/* Eight bytes a step: each byte's part of the result is looked up by how many bytes follow it in the step. */
uint64_t crc_update_table(enum crc_kind kind, uint64_t reg, const uint8_t *bytes, size_t length) {
  const uint64_t(*table)[256] = (const uint64_t(*)[256])tables[kind];
  for (; length >= 8; bytes += 8, length -= 8) {
    uint64_t next = 0;
    for (int i = 0; i < 8; i++) next ^= table[7 - i][(uint8_t)(reg >> (8 * i)) ^ bytes[i]];
    reg = next;
  }
  for (; length > 0; bytes++, length--) reg = (reg >> 8) ^ table[0][(uint8_t)reg ^ *bytes];
  return reg;
}

static bool always(void) { return true; }

const struct crc_implementation crc_implementations[] = {
#if defined(__x86_64__)
  {"vpclmul", crc_vpclmul_supported, crc_update_vpclmul},
  {"vpclmul256", crc_vpclmul256_supported, crc_update_vpclmul256},
  {"pclmul", crc_pclmul_supported, crc_update_pclmul},
#elif defined(CRC_HAS_PMULL)
  {"pmull", crc_pmull_supported, crc_update_pmull},
#endif
  {"table", always, crc_update_table},
  {NULL, NULL, NULL},
};

const struct crc_implementation *crc_fastest(void) {
  const struct crc_implementation *candidate = crc_implementations;
  while (!candidate->supported()) candidate++;
  return candidate;
}

const struct crc_implementation *crc_find(const char *name) {
  for (const struct crc_implementation *candidate = crc_implementations; candidate->name != NULL; candidate++) {
    if (strcmp(candidate->name, name) == 0) return candidate->supported() ? candidate : NULL;
  }
  return NULL;
}
