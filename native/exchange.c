#define _GNU_SOURCE /* memmem */
#include "exchange.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "parallel.h"

/*
 * What is hashed at once. Plain bytes come here from the socket, so the more the better: see TRANSPORT_SOCKET_BYTES. What
 * OpenSSL deciphered is best hashed while the processor's caches hold it.
 */
#define PLAIN_BYTES TRANSPORT_SOCKET_BYTES
#define DECIPHERED_BYTES EXCHANGE_MAX_HEAD_BYTES

void exchange_init(struct exchange *exchange) {
  memset(exchange, 0, sizeof *exchange);
  transport_init(&exchange->transport);
}

/* False when there is no memory. */
static bool prepare_buffer(struct exchange *exchange) {
  if (exchange->buffer != NULL) return true;
  exchange->size = exchange->transport.ssl == NULL ? PLAIN_BYTES : DECIPHERED_BYTES;
  exchange->buffer = malloc(exchange->size);
  if (exchange->buffer == NULL) exchange->transport.fault = ENOMEM;
  return exchange->buffer != NULL;
}

void exchange_close(struct exchange *exchange) {
  transport_close(&exchange->transport);
  free(exchange->buffer);
  exchange->buffer = NULL;
}

static enum outcome outcome_of(ssize_t received) {
  switch (received) {
    case TRANSPORT_ENDED:
      return OUTCOME_ENDED;
    case TRANSPORT_LATE:
      return OUTCOME_LATE;
    case TRANSPORT_STOPPED:
      return OUTCOME_STOPPED;
    default:
      return received > 0 ? OUTCOME_DONE : OUTCOME_FAILED;
  }
}

enum outcome exchange_request(struct exchange *exchange, const uint8_t *request, size_t length, size_t *head_length) {
  struct transport *transport = &exchange->transport;
  const bool is_first = !exchange->has_answered;
  *head_length = 0;
  if (!is_first && (exchange->begin < exchange->end || transport_check_silence(transport) != SILENCE_KEPT)) {
    return OUTCOME_STALE;
  }
  exchange->begin = exchange->end = 0;
  if (!prepare_buffer(exchange)) return OUTCOME_FAILED;
  if (!transport_send(transport, request, length)) {
    return atomic_load(&transport->stopped) ? OUTCOME_STOPPED : OUTCOME_FAILED;
  }
  for (;;) {
    const ssize_t received = transport_receive(transport, exchange->buffer + exchange->end,
                                               exchange->size - exchange->end, TRANSPORT_FOREVER, 0);
    if (received <= 0) return outcome_of(received);
    const size_t searched = exchange->end < 3 ? 0 : exchange->end - 3;
    exchange->end += (size_t)received;
    const uint8_t *end = memmem(exchange->buffer + searched, exchange->end - searched, "\r\n\r\n", 4);
    if (end != NULL) {
      *head_length = (size_t)(end - exchange->buffer);
      exchange->begin = *head_length + 4;
      exchange->has_answered = true;
      return OUTCOME_DONE;
    }
    if (exchange->end >= EXCHANGE_MAX_HEAD_BYTES) return OUTCOME_NO_HEAD;
  }
}

/* Hands the bytes to the hashes at aligned positions, and keeps what is behind the last one. */
static void take(struct intake *intake, const uint8_t *bytes, size_t length) {
  struct hash *hashes[HASH_MAX_TOGETHER];
  for (size_t i = 0; i < intake->count; i++) hashes[i] = &intake->hashes[i];
  if (intake->tail_length > 0) {
    const size_t room = intake->alignment - intake->tail_length;
    const size_t added = length < room ? length : room;
    memcpy(intake->tail + intake->tail_length, bytes, added);
    intake->tail_length += added;
    bytes += added;
    length -= added;
    if (intake->tail_length < intake->alignment) return;
    parallel_update(hashes, intake->count, intake->tail, intake->alignment, 1);
    intake->hashed += intake->alignment;
    intake->tail_length = 0;
  }
  const size_t aligned = length - length % intake->alignment;
  if (aligned > 0) parallel_update(hashes, intake->count, bytes, aligned, intake->threads);
  intake->hashed += aligned;
  intake->tail_length = length - aligned;
  memcpy(intake->tail, bytes + aligned, intake->tail_length);
}

/* Receives until the buffer holds at least half of the `wanted` bytes, which it has room for, or the deadline is there. */
static ssize_t gather(struct exchange *exchange, size_t wanted, int64_t deadline_ms, uint64_t missing) {
  size_t held = exchange->end - exchange->begin;
  if (held >= wanted) return (ssize_t)held;
  if (exchange->begin > 0) {
    memmove(exchange->buffer, exchange->buffer + exchange->begin, held);
    exchange->begin = 0;
    exchange->end = held;
  }
  while (held < (wanted + 1) / 2) {
    const ssize_t received = transport_receive(&exchange->transport, exchange->buffer + held, wanted - held,
                                               deadline_ms, missing - held);
    if (received <= 0) return held > 0 ? (ssize_t)held : received;
    held += (size_t)received;
    exchange->end = held;
  }
  return (ssize_t)held;
}

/* How a body's end looks: nothing may follow it. */
static enum outcome at_end(struct exchange *exchange, uint64_t missing) {
  if (missing > 0) return OUTCOME_DONE;
  const bool is_broken =
    exchange->begin < exchange->end || transport_check_silence(&exchange->transport) == SILENCE_BROKEN;
  return is_broken ? OUTCOME_SURPLUS : OUTCOME_DONE;
}

static size_t least(uint64_t a, uint64_t b) { return (size_t)(a < b ? a : b); }

enum outcome exchange_hash(struct exchange *exchange, struct intake *intake, uint64_t limit, uint64_t missing,
                           int64_t deadline_ms, uint64_t *taken) {
  *taken = 0;
  while (*taken < limit) {
    const size_t wanted = least(exchange->size, limit - *taken);
    const ssize_t held = gather(exchange, wanted, deadline_ms, missing - *taken);
    if (held <= 0) return outcome_of(held);
    const size_t length = least((uint64_t)held, wanted);
    take(intake, exchange->buffer + exchange->begin, length);
    exchange->begin += length;
    *taken += length;
    if (*taken < limit && transport_now_ms() >= deadline_ms) return OUTCOME_LATE;
  }
  return at_end(exchange, missing - *taken);
}

enum outcome exchange_fill(struct exchange *exchange, uint8_t *to, uint64_t limit, uint64_t missing,
                           int64_t deadline_ms, uint64_t *taken) {
  const size_t held = least(exchange->end - exchange->begin, limit);
  memcpy(to, exchange->buffer + exchange->begin, held);
  exchange->begin += held;
  *taken = held;
  while (*taken < limit) {
    const ssize_t received = transport_receive(&exchange->transport, to + *taken, (size_t)(limit - *taken),
                                               deadline_ms, missing - *taken);
    if (received <= 0) return outcome_of(received);
    *taken += (uint64_t)received;
  }
  return at_end(exchange, missing - *taken);
}
