/*
 * One connection to a server, over TCP or TLS, used by one thread at a time; transport_stop() may be called from any.
 * Nothing here knows of JavaScript or of HTTP.
 */
#ifndef MIDSTATE_TRANSPORT_H
#define MIDSTATE_TRANSPORT_H

#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <openssl/ssl.h>

#define TRANSPORT_FOREVER INT64_MAX
#define TRANSPORT_MAX_ADDRESSES 8

/*
 * What is taken from the socket at once. Each system call that makes room there wakes the sender; over loopback, with a
 * quarter of this the engine takes a tenth more CPU, with twice as much a few hundredths less.
 */
#define TRANSPORT_SOCKET_BYTES (1024 * 1024)

/* What transport_receive() returns in place of a count. */
#define TRANSPORT_ENDED 0
#define TRANSPORT_FAILED (-1) /* `fault` says why */
#define TRANSPORT_LATE (-2)
#define TRANSPORT_STOPPED (-3)

enum transport_silence { SILENCE_KEPT, SILENCE_BROKEN, SILENCE_CLOSED };

struct transport {
  int fd; /* -1 while there is none; changed under `lock` */
  SSL *ssl;
  uint8_t *inbox; /* TLS, of TRANSPORT_SOCKET_BYTES: received and not yet deciphered, from `inbox_begin` to `inbox_end` */
  size_t inbox_begin, inbox_end;
  int fault;         /* errno of what failed last; EPROTO for TLS */
  bool is_untrusted; /* TLS failed before the first byte: the certificate, as a rule */
  int low_water;
  uint32_t waits; /* times that transport_receive() found nothing */
  atomic_bool stopped;
  pthread_mutex_t lock;
};

/* Where to connect to. `context` is NULL for TCP. */
struct transport_target {
  struct sockaddr_storage addresses[TRANSPORT_MAX_ADDRESSES];
  int count;
  SSL_CTX *context;
  const char *host; /* name or address that the certificate must be for */
  bool host_is_address;
  const uint8_t *session; /* of an earlier connection, in DER; may be NULL */
  size_t session_length;
};

void transport_init(struct transport *transport);

/* Milliseconds of a clock that only goes forward. */
int64_t transport_now_ms(void);

/* Tries one address after the other, and shakes hands. False: `fault` says why, unless it was stopped. */
bool transport_connect(struct transport *transport, const struct transport_target *target);

/* Sends all of it; false as transport_connect(). */
bool transport_send(struct transport *transport, const uint8_t *bytes, size_t length);

/*
 * Receives what is there, or waits for it until `deadline_ms`. While much is `missing` it wakes for a good piece of it
 * only, since each waking costs as much as copying 10 kB; what has come by the deadline it returns all the same.
 */
ssize_t transport_receive(struct transport *transport, uint8_t *to, size_t size, int64_t deadline_ms, uint64_t missing);

/* Whether an idle connection is as it should be: open, and nothing said that was not asked for. */
enum transport_silence transport_check_silence(struct transport *transport);

/* The session to resume, in DER, to be freed with OPENSSL_free(); 0 where there is none. */
size_t transport_session(struct transport *transport, uint8_t **session);

/* Ends whatever another thread waits for here, for good. */
void transport_stop(struct transport *transport);

void transport_close(struct transport *transport);

#endif
