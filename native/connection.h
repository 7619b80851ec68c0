/*
 * Connections, each with a thread of its own that does one job after another and hands each to `report`, which is called
 * on that thread. Everything else is called on the thread of the environment that the connection belongs to.
 */
#ifndef MIDSTATE_CONNECTION_H
#define MIDSTATE_CONNECTION_H

#include "exchange.h"

struct connection;

/* The connections of one JavaScript environment. */
struct connections;

enum job_kind { JOB_CONNECT, JOB_REQUEST, JOB_HASH, JOB_FILL };

struct job {
  enum job_kind kind;
  void *owner; /* of whoever started it */

  struct transport_target target; /* JOB_CONNECT; `host` and `session` are freed with the job */
  char *request;                  /* JOB_REQUEST; freed with the job */
  size_t request_length;
  struct intake *intake; /* JOB_HASH; freed with the job */
  uint8_t *to;           /* JOB_FILL */
  uint64_t limit, missing;
  int64_t patience_ms;

  enum outcome outcome;
  int fault;
  uint64_t taken;
  uint32_t waits; /* JOB_HASH: times that there was nothing to take */
  char *head; /* JOB_REQUEST; freed with the job */
  size_t head_length;
  uint8_t *session; /* JOB_REQUEST; freed with the job */
  size_t session_length;
};

typedef void report_job(void *context, struct job *job);

/* NULL when there is no memory. */
struct connections *connections_new(report_job *report, void *context);

/* Closes them all, and returns when none of their threads runs any more; no job is reported afterwards. */
void connections_end(struct connections *connections);

/* NULL when there is no memory or no thread. */
struct connection *connection_new(struct connections *connections);

/* Takes the job unless it has another one, or is closed. */
bool connection_start(struct connection *connection, struct job *job);

/* Ends what it is doing, soon; its job is reported all the same. May be called again. */
void connection_close(struct connection *connection);

/* Closes it, and lets go of it: it must not be used afterwards. */
void connection_release(struct connection *connection);

void job_free(struct job *job);

#endif
