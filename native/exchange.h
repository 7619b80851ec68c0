/* HTTP/1.1 answers with a known length, over a transport: the head as text, the body into hashes or into memory. */
#ifndef MIDSTATE_EXCHANGE_H
#define MIDSTATE_EXCHANGE_H

#include "hash.h"
#include "transport.h"

#define EXCHANGE_MAX_HEAD_BYTES (64 * 1024)
#define EXCHANGE_MAX_ALIGNMENT 1024

/* How an operation ended. JavaScript knows them by these numbers: src/native/native-addon.ts. */
enum outcome {
  OUTCOME_DONE = 0,
  OUTCOME_LATE = 1,      /* the deadline came first; what was taken until then counts */
  OUTCOME_ENDED = 2,     /* the server closed the connection */
  OUTCOME_FAILED = 3,    /* the transport's `fault` says why */
  OUTCOME_STOPPED = 4,
  OUTCOME_STALE = 5,     /* it had been closed, or spoken on, while it was idle: nothing was sent */
  OUTCOME_UNTRUSTED = 6, /* no TLS connection: the certificate, as a rule */
  OUTCOME_NO_HEAD = 7,   /* more bytes than any head has */
  OUTCOME_SURPLUS = 8,   /* the body was whole, and bytes followed it */
};

struct exchange {
  struct transport transport;
  uint8_t *buffer;     /* of `size` bytes; received and not yet taken: from `begin` to `end` */
  size_t size, begin, end;
  bool has_answered;   /* requests before: silence is checked before the next one */
};

/* Hashes that take a body, and what they hold back: bytes behind the last position at which all of them have a midstate. */
struct intake {
  struct hash hashes[HASH_MAX_TOGETHER];
  size_t count;
  int threads;
  size_t alignment;
  uint8_t tail[EXCHANGE_MAX_ALIGNMENT];
  size_t tail_length;
  uint64_t hashed; /* without the tail */
};

void exchange_init(struct exchange *exchange);
void exchange_close(struct exchange *exchange);

/* Sends a request and receives the answer's head, which then lies in `buffer` before `begin`, `*head_length` long. */
enum outcome exchange_request(struct exchange *exchange, const uint8_t *request, size_t length, size_t *head_length);

/* Hashes up to `limit` of the body's `missing` bytes, until `deadline_ms`; `*taken` counts them, whatever the outcome. */
enum outcome exchange_hash(struct exchange *exchange, struct intake *intake, uint64_t limit, uint64_t missing,
                           int64_t deadline_ms, uint64_t *taken);

/* As exchange_hash(), into memory. */
enum outcome exchange_fill(struct exchange *exchange, uint8_t *to, uint64_t limit, uint64_t missing,
                           int64_t deadline_ms, uint64_t *taken);

#endif
