/* CRC-32/ISO-HDLC, CRC-32/ISCSI and CRC-64/NVME: the running register, before the final xor, from bytes. */
#ifndef MIDSTATE_CRC_H
#define MIDSTATE_CRC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum crc_kind { CRC32, CRC32C, CRC64NVME, CRC_KINDS };

/* One way to compute: `update` takes the register and gives it after `length` more bytes, at any alignment. */
struct crc_implementation {
  const char *name;
  bool (*supported)(void);
  uint64_t (*update)(enum crc_kind kind, uint64_t reg, const uint8_t *bytes, size_t length);
};

/* Every implementation compiled for this architecture, the fastest first, ended by an entry without a name.
 * The last of them, the table, is supported everywhere. */
extern const struct crc_implementation crc_implementations[];

/* Computes tables and constants; to be called before anything else here, as often as one likes, from any thread. */
void crc_initialise(void);

/* The fastest implementation that this processor supports. */
const struct crc_implementation *crc_fastest(void);

/* By name; NULL where there is none of it, or this processor does not support it. */
const struct crc_implementation *crc_find(const char *name);

/* All ones, in the width of the CRC: its initial register, and its final xor. */
uint64_t crc_ones(enum crc_kind kind);

/* ---- for the implementations */

/* Multipliers that move a 128-bit block of the message past the bytes that lie between it and the block it is
 * added to; crc.c derives them. */
struct crc_fold {
  uint64_t low;
  uint64_t high;
};

#define CRC_FOLD_128_BYTES 0
#define CRC_FOLD_256_BYTES 1
#define CRC_FOLD_512_BYTES 2
#define CRC_FOLDS 3
extern struct crc_fold crc_folds[CRC_KINDS][CRC_FOLDS];

uint64_t crc_update_table(enum crc_kind kind, uint64_t reg, const uint8_t *bytes, size_t length);

#if defined(__x86_64__)
bool crc_pclmul_supported(void);
uint64_t crc_update_pclmul(enum crc_kind kind, uint64_t reg, const uint8_t *bytes, size_t length);
bool crc_vpclmul256_supported(void);
uint64_t crc_update_vpclmul256(enum crc_kind kind, uint64_t reg, const uint8_t *bytes, size_t length);
bool crc_vpclmul_supported(void);
uint64_t crc_update_vpclmul(enum crc_kind kind, uint64_t reg, const uint8_t *bytes, size_t length);
#elif defined(__aarch64__) && defined(__LITTLE_ENDIAN__) || defined(__aarch64__) && defined(__AARCH64EL__)
#define CRC_HAS_PMULL 1
bool crc_pmull_supported(void);
uint64_t crc_update_pmull(enum crc_kind kind, uint64_t reg, const uint8_t *bytes, size_t length);
#endif

#endif
