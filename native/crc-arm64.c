/* CRCs by carry-less multiplication on little-endian arm64; crc.c says how and why. */
#include "crc.h"

#if defined(CRC_HAS_PMULL)
#include <arm_neon.h>

#if defined(__clang__)
#define PMULL __attribute__((target("aes")))
#else
#define PMULL __attribute__((target("+crypto")))
#endif

#if defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
bool crc_pmull_supported(void) { return (getauxval(AT_HWCAP) & HWCAP_PMULL) != 0; }
#else
/* Every arm64 Mac has it; elsewhere nobody has been asked. */
bool crc_pmull_supported(void) {
#if defined(__APPLE__)
  return true;
#else
  return false;
#endif
}
#endif

PMULL static inline uint64x2_t fold(uint64x2_t block, uint64x2_t by, const uint8_t *next) {
  const poly128_t low = vmull_p64((poly64_t)vgetq_lane_u64(block, 0), (poly64_t)vgetq_lane_u64(by, 0));
  const poly128_t high = vmull_high_p64(vreinterpretq_p64_u64(block), vreinterpretq_p64_u64(by));
  return veorq_u64(veorq_u64(vreinterpretq_u64_p128(low), vreinterpretq_u64_p128(high)),
                   vreinterpretq_u64_u8(vld1q_u8(next)));
}

PMULL uint64_t crc_update_pmull(enum crc_kind kind, uint64_t reg, const uint8_t *bytes, size_t length) {
  if (length < 256) return crc_update_table(kind, reg, bytes, length);
  const struct crc_fold over = crc_folds[kind][CRC_FOLD_128_BYTES];
  const uint64x2_t by = vcombine_u64(vcreate_u64(over.low), vcreate_u64(over.high));
  uint64x2_t sums[8];
#pragma GCC unroll 8
  for (int i = 0; i < 8; i++) sums[i] = vreinterpretq_u64_u8(vld1q_u8(bytes + 16 * i));
  sums[0] = veorq_u64(sums[0], vcombine_u64(vcreate_u64(reg), vcreate_u64(0)));
  for (bytes += 128, length -= 128; length >= 128; bytes += 128, length -= 128) {
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++) sums[i] = fold(sums[i], by, bytes + 16 * i);
  }
  reg = crc_update_table(kind, 0, (const uint8_t *)sums, sizeof sums);
  return crc_update_table(kind, reg, bytes, length);
}
#endif
