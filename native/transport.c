#include "transport.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#ifdef SOCK_CLOEXEC
#define CLOSE_ON_EXEC SOCK_CLOEXEC
#else
#define CLOSE_ON_EXEC 0
#endif

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0 /* Node ignores SIGPIPE */
#endif

/* A stop shuts the socket down, which wakes a wait; this is for a system where it does not. */
#define WAIT_SLICE_MS 200

/* An address that does not answer is left for the next one; the last has all the time there is. */
#define NEXT_ADDRESS_MS 1500

/*
 * Bytes to be there before a wait for more of them ends. Of a body with less than twice as much missing, every byte is welcome:
 * part of a TLS record, up to 16 kB, may have been taken from the socket already.
 */
#define LOW_WATER_BYTES (TRANSPORT_SOCKET_BYTES / 2)

enum waited { WAITED_READY, WAITED_LATE, WAITED_STOPPED, WAITED_FAILED };

void transport_init(struct transport *transport) {
  memset(transport, 0, sizeof *transport);
  transport->fd = -1;
  atomic_init(&transport->stopped, false);
  pthread_mutex_init(&transport->lock, NULL);
}

int64_t transport_now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static enum waited wait_for(struct transport *transport, short events, int64_t deadline_ms) {
  for (;;) {
    if (atomic_load(&transport->stopped)) return WAITED_STOPPED;
    const int64_t left = deadline_ms == TRANSPORT_FOREVER ? WAIT_SLICE_MS : deadline_ms - transport_now_ms();
    if (left <= 0) return WAITED_LATE;
    struct pollfd poller = {.fd = transport->fd, .events = events};
    const int ready = poll(&poller, 1, left < WAIT_SLICE_MS ? (int)left : WAIT_SLICE_MS);
    if (ready > 0) return WAITED_READY;
    if (ready < 0 && errno != EINTR) {
      transport->fault = errno;
      return WAITED_FAILED;
    }
  }
}

static void replace_socket(struct transport *transport, int fd) {
  pthread_mutex_lock(&transport->lock);
  const int before = transport->fd;
  transport->fd = fd;
  pthread_mutex_unlock(&transport->lock);
  if (before >= 0) close(before);
}

static bool connect_to(struct transport *transport, const struct sockaddr_storage *address, int64_t deadline_ms) {
  const int on = 1;
  const socklen_t length = address->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
  const int fd = socket(address->ss_family, SOCK_STREAM | CLOSE_ON_EXEC, 0);
  if (fd < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) < 0) {
    transport->fault = errno;
    if (fd >= 0) close(fd);
    return false;
  }
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  replace_socket(transport, fd);
  if (connect(fd, (const struct sockaddr *)address, length) == 0) return true;
  transport->fault = errno;
  if (errno != EINPROGRESS) return false;
  const enum waited waited = wait_for(transport, POLLOUT, deadline_ms);
  if (waited == WAITED_LATE) transport->fault = ETIMEDOUT;
  if (waited != WAITED_READY) return false;
  socklen_t size = sizeof transport->fault;
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &transport->fault, &size) < 0) transport->fault = errno;
  return transport->fault == 0;
}

/* What a call of OpenSSL's that did not succeed waits for; WAITED_FAILED with `fault` set where it is over. */
static enum waited wait_for_tls(struct transport *transport, int returned, int64_t deadline_ms) {
  switch (SSL_get_error(transport->ssl, returned)) {
    case SSL_ERROR_WANT_READ:
      return wait_for(transport, POLLIN, deadline_ms);
    case SSL_ERROR_WANT_WRITE:
      return wait_for(transport, POLLOUT, deadline_ms);
    case SSL_ERROR_ZERO_RETURN:
      transport->fault = 0;
      return WAITED_FAILED;
    case SSL_ERROR_SYSCALL:
      transport->fault = errno;
      return WAITED_FAILED;
    default:
      transport->fault = ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING ? 0 : EPROTO;
      return WAITED_FAILED;
  }
}

static ssize_t receive_some(const struct transport *transport, uint8_t *to, size_t size) {
  ssize_t received;
  do received = recv(transport->fd, to, size, MSG_DONTWAIT);
  while (received < 0 && errno == EINTR);
  return received;
}

static bool would_block(void) { return errno == EAGAIN || errno == EWOULDBLOCK; }

/*
 * What OpenSSL reads from. It asks for 5 bytes and then for the rest of a record, and with its own reading ahead it moves
 * what it holds at each record: so the socket is read into a large buffer of ours.
 */
static int read_inbox(BIO *bio, char *to, int size) {
  struct transport *transport = BIO_get_data(bio);
  BIO_clear_retry_flags(bio);
  if (transport->inbox_begin == transport->inbox_end) {
    const ssize_t received = receive_some(transport, transport->inbox, TRANSPORT_SOCKET_BYTES);
    if (received < 0 && would_block()) BIO_set_retry_read(bio);
    if (received == 0) errno = 0;
    if (received <= 0) return (int)received;
    transport->inbox_begin = 0;
    transport->inbox_end = (size_t)received;
  }
  const size_t held = transport->inbox_end - transport->inbox_begin;
  const size_t taken = held < (size_t)size ? held : (size_t)size;
  memcpy(to, transport->inbox + transport->inbox_begin, taken);
  transport->inbox_begin += taken;
  return (int)taken;
}

static int write_socket(BIO *bio, const char *from, int size) {
  const struct transport *transport = BIO_get_data(bio);
  BIO_clear_retry_flags(bio);
  const ssize_t sent = send(transport->fd, from, (size_t)size, MSG_NOSIGNAL);
  if (sent < 0 && (would_block() || errno == EINTR)) BIO_set_retry_write(bio);
  return (int)sent;
}

static long control(BIO *bio, int command, long number, void *pointer) {
  (void)bio;
  (void)number;
  (void)pointer;
  return command == BIO_CTRL_FLUSH;
}

static BIO_METHOD *bio_method;
static pthread_once_t bio_method_once = PTHREAD_ONCE_INIT;

static void make_bio_method(void) {
  bio_method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "midstate transport");
  if (bio_method == NULL) return;
  BIO_meth_set_read(bio_method, read_inbox);
  BIO_meth_set_write(bio_method, write_socket);
  BIO_meth_set_ctrl(bio_method, control);
}

/* Gives the connection to OpenSSL. */
static bool attach(struct transport *transport) {
  pthread_once(&bio_method_once, make_bio_method);
  BIO *bio = bio_method == NULL ? NULL : BIO_new(bio_method);
  transport->inbox = malloc(TRANSPORT_SOCKET_BYTES);
  if (bio == NULL || transport->inbox == NULL) {
    BIO_free(bio);
    return false;
  }
  BIO_set_data(bio, transport);
  BIO_set_init(bio, 1);
  SSL_set_bio(transport->ssl, bio, bio);
  return true;
}

static bool prepare_tls(struct transport *transport, const struct transport_target *target) {
  SSL *ssl = transport->ssl;
  X509_VERIFY_PARAM *check = SSL_get0_param(ssl);
  X509_VERIFY_PARAM_set_hostflags(check, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  const bool named = target->host_is_address
                       ? X509_VERIFY_PARAM_set1_ip_asc(check, target->host) == 1
                       : SSL_set1_host(ssl, target->host) == 1 && SSL_set_tlsext_host_name(ssl, target->host) == 1;
  if (!named || !attach(transport)) return false;
  const uint8_t *der = target->session;
  SSL_SESSION *session = der == NULL ? NULL : d2i_SSL_SESSION(NULL, &der, (long)target->session_length);
  if (session != NULL) {
    SSL_set_session(ssl, session);
    SSL_SESSION_free(session);
  }
  return true;
}

static bool shake_hands(struct transport *transport, const struct transport_target *target) {
  transport->ssl = SSL_new(target->context);
  transport->fault = EPROTO;
  if (transport->ssl == NULL || !prepare_tls(transport, target)) return false;
  for (;;) {
    ERR_clear_error();
    const int returned = SSL_connect(transport->ssl);
    if (returned == 1) return SSL_get_verify_result(transport->ssl) == X509_V_OK;
    const enum waited waited = wait_for_tls(transport, returned, TRANSPORT_FOREVER);
    if (waited == WAITED_READY) continue;
    transport->is_untrusted = waited == WAITED_FAILED && transport->fault == EPROTO;
    return false;
  }
}

bool transport_connect(struct transport *transport, const struct transport_target *target) {
  if (transport->fd >= 0) {
    transport->fault = EISCONN;
    return false;
  }
  transport->fault = EHOSTUNREACH;
  for (int i = 0; i < target->count; i++) {
    const bool is_last = i + 1 == target->count;
    const int64_t deadline_ms = is_last ? TRANSPORT_FOREVER : transport_now_ms() + NEXT_ADDRESS_MS;
    if (atomic_load(&transport->stopped)) return false;
    if (!connect_to(transport, &target->addresses[i], deadline_ms)) continue;
    if (target->context == NULL || shake_hands(transport, target)) return true;
    break;
  }
  transport_close(transport);
  return false;
}

bool transport_send(struct transport *transport, const uint8_t *bytes, size_t length) {
  while (length > 0) {
    ssize_t sent;
    enum waited waited = WAITED_READY;
    if (transport->ssl != NULL) {
      ERR_clear_error();
      sent = SSL_write(transport->ssl, bytes, (int)(length < INT_MAX ? length : INT_MAX));
      if (sent <= 0) waited = wait_for_tls(transport, (int)sent, TRANSPORT_FOREVER);
    } else {
      sent = send(transport->fd, bytes, length, MSG_NOSIGNAL);
      if (sent < 0 && !would_block() && errno != EINTR) {
        transport->fault = errno;
        return false;
      }
      if (sent < 0) waited = wait_for(transport, POLLOUT, TRANSPORT_FOREVER);
    }
    if (waited != WAITED_READY) return false;
    if (sent <= 0) continue;
    bytes += sent;
    length -= (size_t)sent;
  }
  return true;
}

/* Elsewhere than on Linux a socket below its low-water mark may look empty although its buffer is full. */
static void set_low_water(struct transport *transport, uint64_t missing) {
#ifdef __linux__
  const int wanted = missing > 2 * LOW_WATER_BYTES ? LOW_WATER_BYTES : 1;
  if (transport->low_water == wanted) return;
  if (setsockopt(transport->fd, SOL_SOCKET, SO_RCVLOWAT, &wanted, sizeof wanted) == 0) transport->low_water = wanted;
#else
  (void)transport;
  (void)missing;
#endif
}

/* One try, which does not wait; `*waiting` when there is nothing yet: over TLS it returns what SSL_read() did then. */
static ssize_t try_receive(struct transport *transport, uint8_t *to, size_t size, bool *waiting) {
  *waiting = false;
  if (transport->ssl != NULL) {
    ERR_clear_error();
    const int received = SSL_read(transport->ssl, to, (int)(size < INT_MAX ? size : INT_MAX));
    *waiting = received <= 0;
    return received;
  }
  const ssize_t received = receive_some(transport, to, size);
  if (received >= 0) return received == 0 ? TRANSPORT_ENDED : received;
  *waiting = would_block();
  transport->fault = errno;
  return TRANSPORT_FAILED;
}

ssize_t transport_receive(struct transport *transport, uint8_t *to, size_t size, int64_t deadline_ms, uint64_t missing) {
  bool is_last_try = false;
  for (;;) {
    bool waiting;
    const ssize_t received = try_receive(transport, to, size, &waiting);
    if (!waiting) return received;
    if (atomic_load(&transport->stopped)) return TRANSPORT_STOPPED;
    transport->waits++;
    set_low_water(transport, missing);
    const enum waited waited = transport->ssl != NULL ? wait_for_tls(transport, (int)received, deadline_ms)
                                                      : wait_for(transport, POLLIN, deadline_ms);
    if (waited == WAITED_STOPPED) return TRANSPORT_STOPPED;
    if (waited == WAITED_FAILED) return transport->fault == 0 ? TRANSPORT_ENDED : TRANSPORT_FAILED;
    if (waited == WAITED_LATE && is_last_try) return TRANSPORT_LATE;
    is_last_try = waited == WAITED_LATE;
  }
}

enum transport_silence transport_check_silence(struct transport *transport) {
  uint8_t byte;
  if (transport->ssl != NULL) {
    ERR_clear_error();
    const int peeked = SSL_peek(transport->ssl, &byte, 1);
    if (peeked > 0) return SILENCE_BROKEN;
    return SSL_get_error(transport->ssl, peeked) == SSL_ERROR_WANT_READ ? SILENCE_KEPT : SILENCE_CLOSED;
  }
  const ssize_t peeked = recv(transport->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (peeked > 0) return SILENCE_BROKEN;
  return peeked < 0 && would_block() ? SILENCE_KEPT : SILENCE_CLOSED;
}

size_t transport_session(struct transport *transport, uint8_t **session) {
  *session = NULL;
  SSL_SESSION *found = transport->ssl == NULL ? NULL : SSL_get1_session(transport->ssl);
  if (found == NULL) return 0;
  const int length = SSL_SESSION_is_resumable(found) ? i2d_SSL_SESSION(found, session) : 0;
  SSL_SESSION_free(found);
  return length > 0 ? (size_t)length : 0;
}

void transport_stop(struct transport *transport) {
  atomic_store(&transport->stopped, true);
  pthread_mutex_lock(&transport->lock);
  if (transport->fd >= 0) shutdown(transport->fd, SHUT_RDWR);
  pthread_mutex_unlock(&transport->lock);
}

void transport_close(struct transport *transport) {
  SSL_free(transport->ssl);
  free(transport->inbox);
  transport->ssl = NULL;
  transport->inbox = NULL;
  replace_socket(transport, -1);
}
