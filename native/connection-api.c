/*
 * Connections for JavaScript. A call that waits returns a promise; what it needs of its arguments is copied, but for the
 * buffer of fillBody(), which a reference keeps. Hashes are copied too, and copied back once the promise resolves: until
 * then they stand where they stood.
 */
#include "connection-api.h"

#include <stdlib.h>
#include <string.h>

#include "connection.h"
#include "hash-api.h"
#include "parallel.h"
#include "target-api.h"

static const napi_type_tag CONNECTION_TAG = {0x6d69647374617465, 0x1c7e4b90d5a2f836};

/* Of one JavaScript environment; freed with it. */
struct environment {
  struct connections *connections;
  napi_threadsafe_function reports;
  int under_way; /* jobs; while there are any, they keep the process alive */
};

struct handle {
  struct connection *connection;
  struct call *call; /* under way */
};

/* What a job's promise needs; the job's `owner`. */
struct call {
  struct handle *handle; /* kept by `kept` */
  bool is_given_up;      /* the connection was closed meanwhile: nothing that the job did counts */
  napi_deferred deferred;
  napi_ref kept; /* an array of the handle and of what the job works on */
  struct hash *hashes[HASH_MAX_TOGETHER];
  uint32_t count;
};

static void report(void *context, struct job *job) {
  const struct environment *environment = context;
  napi_call_threadsafe_function(environment->reports, job, napi_tsfn_nonblocking);
}

static void set_number(napi_env env, napi_value object, const char *name, double number) {
  napi_value value;
  if (napi_create_double(env, number, &value) == napi_ok) napi_set_named_property(env, object, name, value);
}

static void set_bytes(napi_env env, napi_value object, const char *name, const uint8_t *bytes, size_t length) {
  napi_value value;
  if (length > 0 && napi_create_buffer_copy(env, length, bytes, NULL, &value) == napi_ok) {
    napi_set_named_property(env, object, name, value);
  }
}

/* The hashes take over what their copies have done; of a connection that was given up they do not. */
static void settle_hashes(const struct call *call, const struct job *job) {
  if (call->is_given_up) return;
  for (uint32_t i = 0; i < call->count; i++) {
    *call->hashes[i] = job->intake->hashes[i];
    call->hashes[i]->busy = false;
  }
}

static napi_value result_of(napi_env env, const struct call *call, const struct job *job) {
  napi_value result, head;
  if (napi_create_object(env, &result) != napi_ok) return NULL;
  set_number(env, result, "outcome", call->is_given_up ? OUTCOME_STOPPED : job->outcome);
  set_number(env, result, "fault", job->fault);
  set_number(env, result, "taken", call->is_given_up ? 0 : (double)job->taken);
  if (job->intake != NULL) {
    set_number(env, result, "hashed", (double)job->intake->hashed);
    set_number(env, result, "waits", job->waits);
    set_bytes(env, result, "heldBack", job->intake->tail, job->intake->tail_length);
  }
  if (job->head != NULL && napi_create_string_latin1(env, job->head, job->head_length, &head) == napi_ok) {
    napi_set_named_property(env, result, "head", head);
  }
  set_bytes(env, result, "session", job->session, job->session_length);
  return result;
}

/* On JavaScript's thread. `env` is NULL when it ends. */
static void settle(napi_env env, napi_value unused, void *context, void *data) {
  struct environment *environment = context;
  struct job *job = data;
  struct call *call = job->owner;
  (void)unused;
  if (env != NULL) {
    if (--environment->under_way == 0) napi_unref_threadsafe_function(env, environment->reports);
    if (!call->is_given_up) call->handle->call = NULL;
    settle_hashes(call, job);
    napi_value result = result_of(env, call, job);
    if (result == NULL) napi_get_undefined(env, &result);
    napi_resolve_deferred(env, call->deferred, result);
    napi_delete_reference(env, call->kept);
  }
  free(call);
  job_free(job);
}

static void end_environment(void *data) {
  const struct environment *environment = data;
  connections_end(environment->connections);
}

static void free_environment(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  free(data);
}

static struct environment *environment_of(napi_env env) {
  void *data;
  return napi_get_instance_data(env, &data) == napi_ok ? data : NULL;
}

static napi_status open_environment(napi_env env) {
  napi_value name;
  struct environment *environment = calloc(1, sizeof *environment);
  if (environment == NULL) return napi_generic_failure;
  environment->connections = connections_new(report, environment);
  napi_status status = napi_create_string_utf8(env, "midstate connections", NAPI_AUTO_LENGTH, &name);
  if (status == napi_ok) {
    status = napi_create_threadsafe_function(env, NULL, NULL, name, 0, 1, NULL, NULL, environment, settle,
                                             &environment->reports);
  }
  if (status == napi_ok) status = napi_unref_threadsafe_function(env, environment->reports);
  if (status == napi_ok) status = napi_set_instance_data(env, environment, free_environment, NULL);
  /* Run before the function above is torn down, which was created first: so no thread outlives it. */
  if (status == napi_ok) status = napi_add_env_cleanup_hook(env, end_environment, environment);
  return environment->connections == NULL ? napi_generic_failure : status;
}

static void finalize_connection(napi_env env, void *data, void *hint) {
  struct handle *handle = data;
  (void)env;
  (void)hint;
  connection_release(handle->connection);
  free(handle);
}

static bool read_connection(napi_env env, napi_value value, struct handle **handle) {
  void *data;
  if (!read_tagged(env, value, &CONNECTION_TAG, &data)) {
    return refuse(env, "connection: expected what openConnection() returned");
  }
  *handle = data;
  return true;
}

/* openConnection() */
static napi_value open_connection(napi_env env, napi_callback_info info) {
  (void)info;
  const struct environment *environment = environment_of(env);
  struct handle *handle = calloc(1, sizeof *handle);
  if (environment == NULL || handle == NULL) return fail(env, "connection: out of memory");
  handle->connection = connection_new(environment->connections);
  if (handle->connection == NULL) {
    free(handle);
    return fail(env, "connection: no thread could be started for it");
  }
  return new_tagged(env, &CONNECTION_TAG, handle, finalize_connection);
}

/* A call of JavaScript's that starts a job. */
struct operation {
  napi_value arguments[MAX_ARGUMENTS];
  struct handle *handle;
  struct job *job;
  struct call *call;
};

/* Reads the arguments, of which the first is the connection; false with an exception pending. */
static bool begin(napi_env env, napi_callback_info info, enum job_kind kind, struct operation *operation) {
  if (!read_arguments(env, info, operation->arguments)) return fail(env, "connection: no arguments") != NULL;
  if (!read_connection(env, operation->arguments[0], &operation->handle)) return false;
  operation->job = calloc(1, sizeof *operation->job);
  operation->call = calloc(1, sizeof *operation->call);
  if (operation->job != NULL && operation->call != NULL) {
    operation->job->kind = kind;
    return true;
  }
  free(operation->job);
  free(operation->call);
  return fail(env, "connection: out of memory") != NULL;
}

static napi_value give_up(const struct operation *operation) {
  job_free(operation->job);
  free(operation->call);
  return NULL;
}

/* Starts the job, which belongs to the promise returned from then on; so does what it works on, `kept`. */
static napi_value start(napi_env env, const struct operation *operation, napi_value kept) {
  napi_value promise, all;
  struct call *call = operation->call;
  struct environment *environment = environment_of(env);
  call->handle = operation->handle;
  operation->job->owner = call;
  const bool ready = napi_create_array_with_length(env, 2, &all) == napi_ok &&
                     napi_set_element(env, all, 0, operation->arguments[0]) == napi_ok &&
                     napi_set_element(env, all, 1, kept) == napi_ok &&
                     napi_create_promise(env, &call->deferred, &promise) == napi_ok &&
                     napi_create_reference(env, all, 1, &call->kept) == napi_ok;
  if (!ready || !connection_start(operation->handle->connection, operation->job)) {
    if (call->kept != NULL) napi_delete_reference(env, call->kept);
    if (call->deferred != NULL) napi_resolve_deferred(env, call->deferred, all);
    give_up(operation);
    return fail(env, "connection: expected an open one that does nothing else");
  }
  operation->handle->call = call;
  for (uint32_t i = 0; i < call->count; i++) call->hashes[i]->busy = true;
  if (environment->under_way++ == 0) napi_ref_threadsafe_function(env, environment->reports);
  return promise;
}

/* connect(connection, { addresses, port, trust?, host?, session? }) */
static napi_value connect_to(napi_env env, napi_callback_info info) {
  struct operation operation;
  if (!begin(env, info, JOB_CONNECT, &operation)) return NULL;
  if (!read_target(env, operation.arguments[1], &operation.job->target)) return give_up(&operation);
  return start(env, &operation, operation.arguments[0]);
}

/* request(connection, text) */
static napi_value request(napi_env env, napi_callback_info info) {
  struct operation operation;
  if (!begin(env, info, JOB_REQUEST, &operation)) return NULL;
  operation.job->request = copy_text(env, operation.arguments[1], &operation.job->request_length);
  if (operation.job->request == NULL) {
    refuse(env, "request: expected a text");
    return give_up(&operation);
  }
  return start(env, &operation, operation.arguments[0]);
}

/* { limit, missing, patienceMs } */
static bool read_bounds(napi_env env, napi_value bounds, struct job *job) {
  static const char *const names[] = {"limit", "missing", "patienceMs", NULL};
  napi_value values[3];
  uint64_t patience_ms;
  read_properties(env, bounds, names, values);
  if (!read_whole_number(env, values[0], 1, &job->limit) || !read_whole_number(env, values[1], 1, &job->missing) ||
      job->limit > job->missing || !read_whole_number(env, values[2], 0, &patience_ms)) {
    return refuse(env, "bounds: expected whole numbers limit, missing and patienceMs, a limit of no more than is missing");
  }
  job->patience_ms = (int64_t)patience_ms;
  return true;
}

/* threads, alignmentBytes, heldBack */
static bool read_intake(napi_env env, const napi_value *values, struct intake *intake) {
  uint64_t threads, alignment;
  struct bytes held_back;
  if (!read_whole_number(env, values[0], 1, &threads) || !read_whole_number(env, values[1], 1, &alignment) ||
      alignment > EXCHANGE_MAX_ALIGNMENT) {
    return refuse(env, "threads, alignmentBytes: expected whole numbers from 1, alignmentBytes up to 1024");
  }
  if (!read_bytes(env, values[2], &held_back) || held_back.length >= alignment) {
    return refuse(env, "heldBack: expected a Uint8Array of fewer bytes than alignmentBytes");
  }
  intake->threads = threads < PARALLEL_MAX_THREADS ? (int)threads : PARALLEL_MAX_THREADS;
  intake->alignment = (size_t)alignment;
  intake->tail_length = held_back.length;
  if (held_back.length > 0) memcpy(intake->tail, held_back.data, held_back.length);
  return true;
}

/* hashBody(connection, { hashes, threads, alignmentBytes, heldBack }, bounds) */
static napi_value hash_body(napi_env env, napi_callback_info info) {
  static const char *const names[] = {"hashes", "threads", "alignmentBytes", "heldBack", NULL};
  struct operation operation;
  napi_value values[4];
  if (!begin(env, info, JOB_HASH, &operation)) return NULL;
  struct job *job = operation.job;
  struct call *call = operation.call;
  read_properties(env, operation.arguments[1], names, values);
  job->intake = calloc(1, sizeof *job->intake);
  if (job->intake == NULL) fail(env, "connection: out of memory");
  if (job->intake == NULL || !read_free_handles(env, values[0], call->hashes, &call->count) ||
      !read_intake(env, values + 1, job->intake) || !read_bounds(env, operation.arguments[2], job)) {
    return give_up(&operation);
  }
  job->intake->count = call->count;
  for (uint32_t i = 0; i < call->count; i++) job->intake->hashes[i] = *call->hashes[i];
  return start(env, &operation, values[0]);
}

/* fillBody(connection, buffer, bounds) */
static napi_value fill_body(napi_env env, napi_callback_info info) {
  struct operation operation;
  struct bytes buffer;
  if (!begin(env, info, JOB_FILL, &operation)) return NULL;
  if (!read_bounds(env, operation.arguments[2], operation.job)) return give_up(&operation);
  if (!read_bytes(env, operation.arguments[1], &buffer) || buffer.length < operation.job->limit) {
    refuse(env, "buffer: expected a Uint8Array with room for limit bytes");
    return give_up(&operation);
  }
  operation.job->to = (uint8_t *)buffer.data;
  return start(env, &operation, operation.arguments[1]);
}

/* closeConnection(connection) */
static napi_value close_connection(napi_env env, napi_callback_info info) {
  napi_value arguments[MAX_ARGUMENTS];
  struct handle *handle;
  if (!read_arguments(env, info, arguments)) return fail(env, "closeConnection: no arguments");
  if (!read_connection(env, arguments[0], &handle)) return NULL;
  connection_close(handle->connection);
  struct call *call = handle->call;
  if (call == NULL) return NULL;
  handle->call = NULL;
  call->is_given_up = true;
  for (uint32_t i = 0; i < call->count; i++) call->hashes[i]->busy = false;
  return NULL;
}

napi_status connection_api_define(napi_env env, napi_value exports) {
  const napi_property_descriptor properties[] = {
    {"openConnection", NULL, open_connection, NULL, NULL, NULL, napi_enumerable, NULL},
    {"connect", NULL, connect_to, NULL, NULL, NULL, napi_enumerable, NULL},
    {"request", NULL, request, NULL, NULL, NULL, napi_enumerable, NULL},
    {"hashBody", NULL, hash_body, NULL, NULL, NULL, napi_enumerable, NULL},
    {"fillBody", NULL, fill_body, NULL, NULL, NULL, napi_enumerable, NULL},
    {"closeConnection", NULL, close_connection, NULL, NULL, NULL, napi_enumerable, NULL},
  };
  const napi_status status = open_environment(env);
  if (status != napi_ok) return status;
  return napi_define_properties(env, exports, sizeof properties / sizeof properties[0], properties);
}
