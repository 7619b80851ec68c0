/*
 * The algorithms behind one table. A canonical state is a context's chaining words; the rest of a context is the
 * message length in bits and a buffer, which is empty at a block boundary.
 */
#include "hash.h"

#include <string.h>

static void put_bytes(uint8_t *to, uint64_t word, int bytes, bool little_endian) {
  for (int i = 0; i < bytes; i++) to[i] = (uint8_t)(word >> (8 * (little_endian ? i : bytes - 1 - i)));
}

static uint64_t get_bytes(const uint8_t *from, int bytes, bool little_endian) {
  uint64_t word = 0;
  for (int i = 0; i < bytes; i++) word |= (uint64_t)from[i] << (8 * (little_endian ? i : bytes - 1 - i));
  return word;
}

/*
 * One family of OpenSSL's: `FIELD` of the context union, functions `PREFIX_Init` and so on. WORDS(c) lists the
 * addresses of its chaining words. Messages stay below 2^53 bytes, which is 2^56 bits: SHA-512's upper 64 bits of
 * the length are never needed.
 */
#define DEFINE_HASH(FIELD, PREFIX, WORD, WORD_COUNT, LITTLE_ENDIAN, LOW, HIGH, WORDS)                               \
  static void FIELD##_start(struct hash *hash) { PREFIX##_Init(&hash->context.FIELD); }                             \
  static void FIELD##_update(struct hash *hash, const uint8_t *bytes, size_t length) {                              \
    PREFIX##_Update(&hash->context.FIELD, bytes, length);                                                           \
  }                                                                                                                 \
  static bool FIELD##_save(const struct hash *hash, uint8_t *state) {                                               \
    const WORD *words[WORD_COUNT] = WORDS(hash->context.FIELD);                                                     \
    if (hash->context.FIELD.num != 0) return false;                                                                 \
    for (int i = 0; i < WORD_COUNT; i++)                                                                            \
      put_bytes(state + i * (int)sizeof(WORD), *words[i], (int)sizeof(WORD), LITTLE_ENDIAN);                        \
    return true;                                                                                                    \
  }                                                                                                                 \
  static void FIELD##_load(struct hash *hash, const uint8_t *state, uint64_t bytes_hashed) {                        \
    WORD *words[WORD_COUNT] = WORDS(hash->context.FIELD);                                                           \
    for (int i = 0; i < WORD_COUNT; i++)                                                                            \
      *words[i] = (WORD)get_bytes(state + i * (int)sizeof(WORD), (int)sizeof(WORD), LITTLE_ENDIAN);                 \
    hash->context.FIELD.Nl = (WORD)(LOW);                                                                           \
    hash->context.FIELD.Nh = (WORD)(HIGH);                                                                          \
  }                                                                                                                 \
  static void FIELD##_digest(struct hash *hash, uint8_t *digest) { PREFIX##_Final(digest, &hash->context.FIELD); }

#define WORDS_ABCD(c) {&(c).A, &(c).B, &(c).C, &(c).D}
#define WORDS_H0_TO_H4(c) {&(c).h0, &(c).h1, &(c).h2, &(c).h3, &(c).h4}
#define WORDS_H(c) {&(c).h[0], &(c).h[1], &(c).h[2], &(c).h[3], &(c).h[4], &(c).h[5], &(c).h[6], &(c).h[7]}

DEFINE_HASH(md5, MD5, MD5_LONG, 4, true, bytes_hashed << 3, bytes_hashed >> 29, WORDS_ABCD)
DEFINE_HASH(sha1, SHA1, SHA_LONG, 5, false, bytes_hashed << 3, bytes_hashed >> 29, WORDS_H0_TO_H4)
DEFINE_HASH(sha256, SHA256, SHA_LONG, 8, false, bytes_hashed << 3, bytes_hashed >> 29, WORDS_H)
DEFINE_HASH(sha512, SHA512, SHA_LONG64, 8, false, bytes_hashed << 3, 0, WORDS_H)

static void crc_start(struct hash *hash) { hash->context.crc = crc_ones(hash->algorithm->crc); }

static void crc_update(struct hash *hash, const uint8_t *bytes, size_t length) {
  hash->context.crc = hash->crc->update(hash->algorithm->crc, hash->context.crc, bytes, length);
}

static bool crc_save(const struct hash *hash, uint8_t *state) {
  put_bytes(state, hash->context.crc, (int)hash->algorithm->state_bytes, false);
  return true;
}

static void crc_load(struct hash *hash, const uint8_t *state, uint64_t bytes_hashed) {
  (void)bytes_hashed;
  hash->context.crc = get_bytes(state, (int)hash->algorithm->state_bytes, false);
}

static void crc_digest(struct hash *hash, uint8_t *digest) {
  const enum crc_kind kind = hash->algorithm->crc;
  put_bytes(digest, hash->context.crc ^ crc_ones(kind), (int)hash->algorithm->digest_bytes, false);
}

#define FUNCTIONS(FIELD) FIELD##_start, FIELD##_update, FIELD##_save, FIELD##_load, FIELD##_digest

const struct hash_algorithm hash_algorithms[] = {
  {"md5", 64, 16, 16, sizeof(MD5_CTX), CRC_KINDS, FUNCTIONS(md5)},
  {"sha1", 64, 20, 20, sizeof(SHA_CTX), CRC_KINDS, FUNCTIONS(sha1)},
  {"sha256", 64, 32, 32, sizeof(SHA256_CTX), CRC_KINDS, FUNCTIONS(sha256)},
  {"sha512", 128, 64, 64, sizeof(SHA512_CTX), CRC_KINDS, FUNCTIONS(sha512)},
  {"crc32", 1, 4, 4, 0, CRC32, FUNCTIONS(crc)},
  {"crc32c", 1, 4, 4, 0, CRC32C, FUNCTIONS(crc)},
  {"crc64nvme", 1, 8, 8, 0, CRC64NVME, FUNCTIONS(crc)},
  {NULL, 0, 0, 0, 0, CRC_KINDS, NULL, NULL, NULL, NULL, NULL},
};

const struct hash_algorithm *hash_find(const char *name) {
  const struct hash_algorithm *algorithm = hash_algorithms;
  while (algorithm->name != NULL && strcmp(algorithm->name, name) != 0) algorithm++;
  return algorithm->name == NULL ? NULL : algorithm;
}

/* A context of another size shows in what `start` and a buffered byte write behind it; anything subtler is left to
 * the self-test in src/hashing, which compares states and digests. */
const char *hash_layout_fault(void) {
  const uint8_t canary = 0xa5;
  for (const struct hash_algorithm *algorithm = hash_algorithms; algorithm->name != NULL; algorithm++) {
    struct hash hash;
    uint8_t state[HASH_MAX_STATE_BYTES];
    if (algorithm->context_bytes == 0) continue;
    memset(&hash.context, canary, sizeof hash.context);
    algorithm->start(&hash);
    const bool empty = algorithm->save(&hash, state);
    algorithm->update(&hash, &canary, 1);
    const bool buffered = !algorithm->save(&hash, state);
    if (!empty || !buffered) return algorithm->name;
    for (size_t i = algorithm->context_bytes; i < sizeof hash.context; i++) {
      if (hash.context.room[i] != canary) return algorithm->name;
    }
  }
  return NULL;
}
