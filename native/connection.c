#define _GNU_SOURCE /* pthread_setname_np */
#include "connection.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/crypto.h>

/* A handshake needs some 30 kB. */
#define STACK_BYTES (256 * 1024)

/* Its thread and its handle hold it, one reference each. But for `exchange` and `connections`, all belongs to `lock`. */
struct connection {
  struct connections *connections;
  struct connection *next, *before;
  struct exchange exchange; /* its thread's, but for transport_stop() */
  struct job *job;
  bool is_closing;
  int references;
  pthread_cond_t wake;
};

/* Held by its environment and by each connection. */
struct connections {
  report_job *report;
  void *context;
  pthread_mutex_t lock;
  pthread_cond_t thread_ended;
  struct connection *running; /* those that have a thread */
  int references;
  struct connections *next; /* of `everywhere` */
};

static void stop_everywhere(void);

/* Of all environments, for the end of the process. */
static struct connections *everywhere;
static pthread_mutex_t everywhere_lock = PTHREAD_MUTEX_INITIALIZER;

#define EXIT_PATIENCE_S 2

struct connections *connections_new(report_job *report, void *context) {
  struct connections *all = calloc(1, sizeof *all);
  if (all == NULL) return NULL;
  all->report = report;
  all->context = context;
  all->references = 1;
  pthread_mutex_init(&all->lock, NULL);
  pthread_cond_init(&all->thread_ended, NULL);
  pthread_mutex_lock(&everywhere_lock);
  static bool is_registered;
  if (!is_registered) is_registered = atexit(stop_everywhere) == 0;
  all->next = everywhere;
  everywhere = all;
  pthread_mutex_unlock(&everywhere_lock);
  return all;
}

/* Left with `lock` released. */
static void drop_connections(struct connections *all) {
  const bool is_last = --all->references == 0;
  pthread_mutex_unlock(&all->lock);
  if (!is_last) return;
  pthread_cond_destroy(&all->thread_ended);
  pthread_mutex_destroy(&all->lock);
  free(all);
}

/* Entered with `lock` held, left with it released. */
static void drop_connection(struct connection *connection) {
  struct connections *all = connection->connections;
  if (--connection->references > 0) {
    pthread_mutex_unlock(&all->lock);
    return;
  }
  exchange_close(&connection->exchange);
  pthread_cond_destroy(&connection->wake);
  free(connection);
  drop_connections(all);
}

static void keep_head(struct job *job, const struct exchange *exchange) {
  job->head = malloc(job->head_length);
  if (job->head == NULL) job->head_length = 0;
  else memcpy(job->head, exchange->buffer, job->head_length);
}

static void run(struct exchange *exchange, struct job *job) {
  struct transport *transport = &exchange->transport;
  const int64_t deadline_ms = transport_now_ms() + job->patience_ms;
  switch (job->kind) {
    case JOB_CONNECT:
      job->outcome = transport_connect(transport, &job->target) ? OUTCOME_DONE : OUTCOME_FAILED;
      if (job->outcome == OUTCOME_FAILED && transport->is_untrusted) job->outcome = OUTCOME_UNTRUSTED;
      break;
    case JOB_REQUEST:
      job->outcome =
        exchange_request(exchange, (const uint8_t *)job->request, job->request_length, &job->head_length);
      if (job->head_length > 0) keep_head(job, exchange);
      if (job->outcome == OUTCOME_DONE) job->session_length = transport_session(transport, &job->session);
      break;
    case JOB_HASH:
      transport->waits = 0;
      job->outcome = exchange_hash(exchange, job->intake, job->limit, job->missing, deadline_ms, &job->taken);
      job->waits = transport->waits;
      break;
    case JOB_FILL:
      job->outcome = exchange_fill(exchange, job->to, job->limit, job->missing, deadline_ms, &job->taken);
      break;
  }
  if (atomic_load(&transport->stopped) && job->outcome != OUTCOME_DONE) job->outcome = OUTCOME_STOPPED;
  job->fault = transport->fault;
}

/* As `top -H` and `perf` show the thread. */
static void name_thread(void) {
#ifdef __linux__
  pthread_setname_np(pthread_self(), "s3-connection");
#endif
}

static void *serve(void *data) {
  struct connection *connection = data;
  name_thread();
  struct connections *all = connection->connections;
  pthread_mutex_lock(&all->lock);
  for (;;) {
    while (connection->job == NULL && !connection->is_closing) pthread_cond_wait(&connection->wake, &all->lock);
    struct job *job = connection->job;
    if (job == NULL) break;
    pthread_mutex_unlock(&all->lock);
    run(&connection->exchange, job);
    pthread_mutex_lock(&all->lock);
    connection->job = NULL;
    all->report(all->context, job);
  }
  exchange_close(&connection->exchange);
  OPENSSL_thread_stop();
  if (connection->before != NULL) connection->before->next = connection->next;
  else all->running = connection->next;
  if (connection->next != NULL) connection->next->before = connection->before;
  pthread_cond_broadcast(&all->thread_ended);
  drop_connection(connection);
  return NULL;
}

/* Signals stay with the threads of Node, which expects them. */
static bool start_thread(struct connection *connection) {
  pthread_t thread;
  pthread_attr_t attributes;
  sigset_t every, before;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, STACK_BYTES);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  sigfillset(&every);
  pthread_sigmask(SIG_SETMASK, &every, &before);
  const bool started = pthread_create(&thread, &attributes, serve, connection) == 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
  return started;
}

struct connection *connection_new(struct connections *all) {
  struct connection *connection = calloc(1, sizeof *connection);
  if (connection == NULL) return NULL;
  connection->connections = all;
  connection->references = 2;
  pthread_cond_init(&connection->wake, NULL);
  pthread_mutex_lock(&all->lock);
  all->references++;
  exchange_init(&connection->exchange);
  if (start_thread(connection)) {
    connection->next = all->running;
    if (all->running != NULL) all->running->before = connection;
    all->running = connection;
    pthread_mutex_unlock(&all->lock);
    return connection;
  }
  connection->references = 1;
  drop_connection(connection);
  return NULL;
}

bool connection_start(struct connection *connection, struct job *job) {
  struct connections *all = connection->connections;
  pthread_mutex_lock(&all->lock);
  const bool is_free = connection->job == NULL && !connection->is_closing;
  if (is_free) {
    connection->job = job;
    pthread_cond_signal(&connection->wake);
  }
  pthread_mutex_unlock(&all->lock);
  return is_free;
}

/* With `lock` held. */
static void close_locked(struct connection *connection) {
  if (connection->is_closing) return;
  connection->is_closing = true;
  transport_stop(&connection->exchange.transport);
  pthread_cond_signal(&connection->wake);
}

/* With `lock` held. */
static void close_running(struct connections *all) {
  for (struct connection *each = all->running; each != NULL; each = each->next) close_locked(each);
}

/*
 * When the process exits environments are not ended, but OpenSSL is, which these threads may be using. What is registered
 * last is called first, so they end before it.
 */
static void stop_everywhere(void) {
  struct timespec deadline;
  clock_gettime(CLOCK_REALTIME, &deadline);
  deadline.tv_sec += EXIT_PATIENCE_S;
  pthread_mutex_lock(&everywhere_lock);
  for (struct connections *all = everywhere; all != NULL; all = all->next) {
    pthread_mutex_lock(&all->lock);
    close_running(all);
    while (all->running != NULL && pthread_cond_timedwait(&all->thread_ended, &all->lock, &deadline) == 0) continue;
    pthread_mutex_unlock(&all->lock);
  }
  pthread_mutex_unlock(&everywhere_lock);
}

void connection_close(struct connection *connection) {
  pthread_mutex_lock(&connection->connections->lock);
  close_locked(connection);
  pthread_mutex_unlock(&connection->connections->lock);
}

void connection_release(struct connection *connection) {
  pthread_mutex_lock(&connection->connections->lock);
  close_locked(connection);
  drop_connection(connection);
}

void connections_end(struct connections *all) {
  pthread_mutex_lock(&everywhere_lock);
  for (struct connections **each = &everywhere; *each != NULL; each = &(*each)->next) {
    if (*each != all) continue;
    *each = all->next;
    break;
  }
  pthread_mutex_unlock(&everywhere_lock);
  pthread_mutex_lock(&all->lock);
  close_running(all);
  while (all->running != NULL) pthread_cond_wait(&all->thread_ended, &all->lock);
  drop_connections(all);
}

void job_free(struct job *job) {
  free((void *)job->target.host);
  free((void *)job->target.session);
  SSL_CTX_free(job->target.context);
  free(job->request);
  free(job->intake);
  free(job->head);
  OPENSSL_free(job->session);
  free(job);
}
