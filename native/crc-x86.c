/* CRCs by carry-less multiplication on x86-64; crc.c says how and why. */
#include "crc.h"

#if defined(__x86_64__)
#include <immintrin.h>

bool crc_pclmul_supported(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("pclmul") != 0;
}

__attribute__((target("pclmul"))) static inline __m128i fold_128(__m128i block, __m128i by, const uint8_t *next) {
  return _mm_xor_si128(_mm_xor_si128(_mm_clmulepi64_si128(block, by, 0x00), _mm_clmulepi64_si128(block, by, 0x11)),
                       _mm_loadu_si128((const __m128i *)next));
}

/* Eight accumulators of 16 bytes: enough independent multiplications to hide the latency of one. */
__attribute__((target("pclmul"))) uint64_t crc_update_pclmul(enum crc_kind kind, uint64_t reg,
                                                             const uint8_t *bytes, size_t length) {
  if (length < 256) return crc_update_table(kind, reg, bytes, length);
  const struct crc_fold fold = crc_folds[kind][CRC_FOLD_128_BYTES];
  const __m128i by = _mm_set_epi64x((long long)fold.high, (long long)fold.low);
  __m128i sums[8];
#pragma GCC unroll 8
  for (int i = 0; i < 8; i++) sums[i] = _mm_loadu_si128((const __m128i *)bytes + i);
  sums[0] = _mm_xor_si128(sums[0], _mm_cvtsi64_si128((long long)reg));
  for (bytes += 128, length -= 128; length >= 128; bytes += 128, length -= 128) {
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++) sums[i] = fold_128(sums[i], by, bytes + 16 * i);
  }
  reg = crc_update_table(kind, 0, (const uint8_t *)sums, sizeof sums);
  return crc_update_table(kind, reg, bytes, length);
}

/* The AVX2 form, two blocks an instruction: for processors that have no AVX-512. */
bool crc_vpclmul256_supported(void) {
  return crc_pclmul_supported() && __builtin_cpu_supports("vpclmulqdq") && __builtin_cpu_supports("avx2");
}

__attribute__((target("avx2,vpclmulqdq"))) static inline __m256i fold_256(__m256i blocks, __m256i by,
                                                                         const uint8_t *next) {
  return _mm256_xor_si256(_mm256_xor_si256(_mm256_clmulepi64_epi128(blocks, by, 0x00),
                                           _mm256_clmulepi64_epi128(blocks, by, 0x11)),
                          _mm256_loadu_si256((const __m256i *)next));
}

__attribute__((target("avx2,vpclmulqdq"))) uint64_t crc_update_vpclmul256(enum crc_kind kind, uint64_t reg,
                                                                         const uint8_t *bytes, size_t length) {
  if (length < 1024) return crc_update_pclmul(kind, reg, bytes, length);
  const struct crc_fold fold = crc_folds[kind][CRC_FOLD_256_BYTES];
  const __m256i by =
    _mm256_set_epi64x((long long)fold.high, (long long)fold.low, (long long)fold.high, (long long)fold.low);
  __m256i sums[8];
#pragma GCC unroll 8
  for (int i = 0; i < 8; i++) sums[i] = _mm256_loadu_si256((const __m256i *)bytes + i);
  sums[0] = _mm256_xor_si256(sums[0], _mm256_zextsi128_si256(_mm_cvtsi64_si128((long long)reg)));
  for (bytes += 256, length -= 256; length >= 256; bytes += 256, length -= 256) {
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++) sums[i] = fold_256(sums[i], by, bytes + 32 * i);
  }
  reg = crc_update_pclmul(kind, 0, (const uint8_t *)sums, sizeof sums);
  return crc_update_pclmul(kind, reg, bytes, length);
}

/* The AVX-512 form, four blocks an instruction. GCC and Clang ask the operating system too, not just the CPU. */
bool crc_vpclmul_supported(void) {
  return crc_pclmul_supported() && __builtin_cpu_supports("vpclmulqdq") && __builtin_cpu_supports("avx512f");
}

__attribute__((target("avx512f,vpclmulqdq"))) static inline __m512i fold_512(__m512i blocks, __m512i by,
                                                                            const uint8_t *next) {
  const int xor3 = 0x96; /* the truth table of a ^ b ^ c */
  return _mm512_ternarylogic_epi64(_mm512_clmulepi64_epi128(blocks, by, 0x00),
                                   _mm512_clmulepi64_epi128(blocks, by, 0x11), _mm512_loadu_si512(next), xor3);
}

__attribute__((target("avx512f,vpclmulqdq"))) uint64_t crc_update_vpclmul(enum crc_kind kind, uint64_t reg,
                                                                          const uint8_t *bytes, size_t length) {
  if (length < 2048) return crc_update_pclmul(kind, reg, bytes, length);
  const struct crc_fold fold = crc_folds[kind][CRC_FOLD_512_BYTES];
  const __m512i by = _mm512_set_epi64((long long)fold.high, (long long)fold.low, (long long)fold.high,
                                      (long long)fold.low, (long long)fold.high, (long long)fold.low,
                                      (long long)fold.high, (long long)fold.low);
  __m512i sums[8];
#pragma GCC unroll 8
  for (int i = 0; i < 8; i++) sums[i] = _mm512_loadu_si512(bytes + 64 * i);
  sums[0] = _mm512_xor_si512(sums[0], _mm512_zextsi128_si512(_mm_cvtsi64_si128((long long)reg)));
  for (bytes += 512, length -= 512; length >= 512; bytes += 512, length -= 512) {
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++) sums[i] = fold_512(sums[i], by, bytes + 64 * i);
  }
  reg = crc_update_pclmul(kind, 0, (const uint8_t *)sums, sizeof sums);
  return crc_update_pclmul(kind, reg, bytes, length);
}
#endif
