/* One hash under way: MD5 and the SHAs of the OpenSSL that the Node binary carries, and our CRCs. */
#ifndef MIDSTATE_HASH_H
#define MIDSTATE_HASH_H

#include "crc.h"

#define OPENSSL_SUPPRESS_DEPRECATED /* the SHA1_* family: the one way to a hash's inner state */
#include <openssl/md5.h>
#include <openssl/sha.h>

#define HASH_MAX_STATE_BYTES 64
#define HASH_MAX_DIGEST_BYTES 64
#define HASH_MAX_TOGETHER 16

/* `room` leaves space behind a context, should a future OpenSSL have made it larger than its headers said here. */
union hash_context {
  MD5_CTX md5;
  SHA_CTX sha1;
  SHA256_CTX sha256;
  SHA512_CTX sha512;
  uint64_t crc;
  uint8_t room[512];
};

struct hash {
  const struct hash_algorithm *algorithm;
  const struct crc_implementation *crc;
  bool ended;
  bool busy; /* a copy of it takes a body's bytes on another thread; this one stands where that began */
  union hash_context context;
};

/* What an algorithm can do. States are in the canonical form of docs/midstate-format.md. */
struct hash_algorithm {
  const char *name;
  size_t block_bytes;
  size_t state_bytes;
  size_t digest_bytes;
  size_t context_bytes; /* zero for a CRC: nothing of it depends on OpenSSL */
  enum crc_kind crc;
  void (*start)(struct hash *hash);
  void (*update)(struct hash *hash, const uint8_t *bytes, size_t length);
  /* False while part of a block is held: there is no canonical state then. */
  bool (*save)(const struct hash *hash, uint8_t *state);
  /* Follows `start`. `bytes_hashed` is a multiple of the block, below 2^53. */
  void (*load)(struct hash *hash, const uint8_t *state, uint64_t bytes_hashed);
  void (*digest)(struct hash *hash, uint8_t *digest);
};

extern const struct hash_algorithm hash_algorithms[]; /* ended by an entry without a name */

/* By name; NULL if there is none of it. */
const struct hash_algorithm *hash_find(const char *name);

/* Name of the first algorithm whose context is not laid out as the headers said; NULL where all are. */
const char *hash_layout_fault(void);

#endif
