/*
 * The addon's JavaScript side. src/hashing/native-addon.ts has its types and says what each function promises.
 *
 * Every argument is checked before use, a failed check is a TypeError, and no pointer into a JavaScript buffer
 * outlives the call that brought it. A handle is an object that wraps a `struct hash`; its type tag tells it from
 * the objects of others, and a finalizer frees it. Only updateAll() lets other threads near a hash, and it waits for them.
 */
#define NAPI_VERSION 8
#include <node_api.h>

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "parallel.h"

static const napi_type_tag HANDLE_TAG = {0x6d69647374617465, 0x9d1f0b7a52c4e863};

#define MAX_ARGUMENTS 4
#define MAX_NAME_BYTES 16
#define MAX_HASHES 16
static const double MAX_BYTES_HASHED = 9007199254740991; /* 2^53 - 1, JavaScript's largest exact integer */

struct bytes {
  const uint8_t *data;
  size_t length;
};

static napi_value fail(napi_env env, const char *message) {
  bool pending = false;
  napi_is_exception_pending(env, &pending);
  if (!pending) napi_throw_error(env, NULL, message);
  return NULL;
}

static bool refuse(napi_env env, const char *message) {
  napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", message);
  return false;
}

/* Missing arguments arrive as undefined. */
static bool read_arguments(napi_env env, napi_callback_info info, napi_value *arguments) {
  size_t count = MAX_ARGUMENTS;
  return napi_get_cb_info(env, info, &count, arguments, NULL, NULL) == napi_ok;
}

/* A text longer than `name` has room for is cut, and then no name that is known: every name is shorter. */
static bool read_name(napi_env env, napi_value value, char name[MAX_NAME_BYTES]) {
  size_t length;
  return napi_get_value_string_utf8(env, value, name, MAX_NAME_BYTES, &length) == napi_ok && strlen(name) == length;
}

static bool read_bytes(napi_env env, napi_value value, struct bytes *bytes) {
  napi_typedarray_type type;
  void *data;
  bool is_typed_array;
  if (napi_is_typedarray(env, value, &is_typed_array) != napi_ok || !is_typed_array) return false;
  if (napi_get_typedarray_info(env, value, &type, &bytes->length, &data, NULL, NULL) != napi_ok) return false;
  if (type != napi_uint8_array) return false;
  bytes->data = data;
  if (data == NULL) bytes->length = 0;
  return true;
}

static bool read_algorithm(napi_env env, napi_value value, const struct hash_algorithm **algorithm) {
  char name[MAX_NAME_BYTES];
  *algorithm = read_name(env, value, name) ? hash_find(name) : NULL;
  return *algorithm != NULL || refuse(env, "algorithm: expected the name of a native one");
}

static bool read_crc(napi_env env, napi_value value, const struct crc_implementation **crc) {
  char name[MAX_NAME_BYTES];
  napi_valuetype type;
  if (napi_typeof(env, value, &type) == napi_ok && type == napi_undefined) {
    *crc = crc_fastest();
    return true;
  }
  *crc = read_name(env, value, name) ? crc_find(name) : NULL;
  return *crc != NULL || refuse(env, "crc: expected the name of an implementation that this processor supports");
}

static bool read_handle(napi_env env, napi_value value, struct hash **hash) {
  napi_valuetype type;
  bool is_handle = false;
  void *data = NULL;
  if (napi_typeof(env, value, &type) != napi_ok || type != napi_object ||
      napi_check_object_type_tag(env, value, &HANDLE_TAG, &is_handle) != napi_ok || !is_handle ||
      napi_unwrap(env, value, &data) != napi_ok || data == NULL) {
    return refuse(env, "hash: expected what create() or restore() returned");
  }
  *hash = data;
  return true;
}

/* A handle of a hash that goes on. */
static bool read_open_handle(napi_env env, napi_value value, struct hash **hash) {
  if (!read_handle(env, value, hash)) return false;
  if (!(*hash)->ended) return true;
  fail(env, "hash: expected no call after digest(); create another one");
  return false;
}

static void finalize(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  free(data);
}

/* Wraps a new hash; `*hash` belongs to the handle from then on. NULL with an exception pending on failure. */
static napi_value new_handle(napi_env env, const struct hash_algorithm *algorithm,
                             const struct crc_implementation *crc, struct hash **hash) {
  napi_value handle;
  *hash = calloc(1, sizeof **hash);
  if (*hash == NULL) return fail(env, "hash: out of memory");
  (*hash)->algorithm = algorithm;
  (*hash)->crc = crc;
  algorithm->start(*hash);
  if (napi_create_object(env, &handle) != napi_ok ||
      napi_wrap(env, handle, *hash, finalize, NULL, NULL) != napi_ok) {
    free(*hash);
    return fail(env, "hash: no handle could be made");
  }
  if (napi_type_tag_object(env, handle, &HANDLE_TAG) != napi_ok) return fail(env, "hash: no handle could be made");
  return handle;
}

/* create(algorithm, crc?) */
static napi_value create(napi_env env, napi_callback_info info) {
  napi_value arguments[MAX_ARGUMENTS];
  const struct hash_algorithm *algorithm;
  const struct crc_implementation *crc;
  struct hash *hash;
  if (!read_arguments(env, info, arguments)) return fail(env, "create: no arguments");
  if (!read_algorithm(env, arguments[0], &algorithm) || !read_crc(env, arguments[1], &crc)) return NULL;
  return new_handle(env, algorithm, crc, &hash);
}

/* restore(algorithm, state, bytesHashed, crc?) */
static napi_value restore(napi_env env, napi_callback_info info) {
  napi_value arguments[MAX_ARGUMENTS];
  const struct hash_algorithm *algorithm;
  const struct crc_implementation *crc;
  struct hash *hash;
  struct bytes state;
  double count;
  if (!read_arguments(env, info, arguments)) return fail(env, "restore: no arguments");
  if (!read_algorithm(env, arguments[0], &algorithm) || !read_crc(env, arguments[3], &crc)) return NULL;
  if (!read_bytes(env, arguments[1], &state) || state.length != algorithm->state_bytes) {
    refuse(env, "state: expected a Uint8Array of the algorithm's state size");
    return NULL;
  }
  if (napi_get_value_double(env, arguments[2], &count) != napi_ok || !(count >= 0 && count <= MAX_BYTES_HASHED) ||
      (double)(uint64_t)count != count || (uint64_t)count % algorithm->block_bytes != 0) {
    refuse(env, "bytesHashed: expected a multiple of the algorithm's block size, from 0 and below 2^53");
    return NULL;
  }
  napi_value handle = new_handle(env, algorithm, crc, &hash);
  if (handle != NULL) algorithm->load(hash, state.data, (uint64_t)count);
  return handle;
}

/* update(hash, bytes) */
static napi_value update(napi_env env, napi_callback_info info) {
  napi_value arguments[MAX_ARGUMENTS];
  struct hash *hash;
  struct bytes bytes;
  if (!read_arguments(env, info, arguments)) return fail(env, "update: no arguments");
  if (!read_open_handle(env, arguments[0], &hash)) return NULL;
  if (!read_bytes(env, arguments[1], &bytes)) {
    refuse(env, "bytes: expected a Uint8Array");
    return NULL;
  }
  if (bytes.length > 0) hash->algorithm->update(hash, bytes.data, bytes.length);
  return NULL;
}

/* Reads an array of handles of hashes that go on, each once, at most as many as `hashes` has room for. */
static bool read_open_handles(napi_env env, napi_value value, struct hash *hashes[MAX_HASHES], uint32_t *count) {
  bool is_array;
  if (napi_is_array(env, value, &is_array) != napi_ok || !is_array || napi_get_array_length(env, value, count) != napi_ok ||
      *count > MAX_HASHES) {
    return refuse(env, "hashes: expected an array of at most 16");
  }
  for (uint32_t i = 0; i < *count; i++) {
    napi_value element;
    if (napi_get_element(env, value, i, &element) != napi_ok) return refuse(env, "hashes: expected an array");
    if (!read_open_handle(env, element, &hashes[i])) return false;
    for (uint32_t j = 0; j < i; j++) {
      if (hashes[j] == hashes[i]) return refuse(env, "hashes: expected each of them once");
    }
  }
  return true;
}

/* updateAll(hashes, bytes, threads) */
static napi_value update_all(napi_env env, napi_callback_info info) {
  napi_value arguments[MAX_ARGUMENTS];
  struct hash *hashes[MAX_HASHES];
  struct bytes bytes;
  uint32_t count;
  int32_t threads;
  if (!read_arguments(env, info, arguments)) return fail(env, "updateAll: no arguments");
  if (!read_open_handles(env, arguments[0], hashes, &count)) return NULL;
  if (!read_bytes(env, arguments[1], &bytes)) {
    refuse(env, "bytes: expected a Uint8Array");
    return NULL;
  }
  if (napi_get_value_int32(env, arguments[2], &threads) != napi_ok || threads < 1) {
    refuse(env, "threads: expected a number from 1");
    return NULL;
  }
  if (bytes.length > 0) parallel_update(hashes, count, bytes.data, bytes.length, threads);
  return NULL;
}

static napi_value copy_out(napi_env env, const uint8_t *bytes, size_t length) {
  napi_value buffer;
  if (napi_create_buffer_copy(env, length, bytes, NULL, &buffer) != napi_ok) return fail(env, "hash: out of memory");
  return buffer;
}

/* state(hash) */
static napi_value state(napi_env env, napi_callback_info info) {
  napi_value arguments[MAX_ARGUMENTS];
  struct hash *hash;
  uint8_t bytes[HASH_MAX_STATE_BYTES];
  if (!read_arguments(env, info, arguments)) return fail(env, "state: no arguments");
  if (!read_open_handle(env, arguments[0], &hash)) return NULL;
  if (!hash->algorithm->save(hash, bytes)) return fail(env, "hash: it has a state at block boundaries only");
  return copy_out(env, bytes, hash->algorithm->state_bytes);
}

/* digest(hash) */
static napi_value digest(napi_env env, napi_callback_info info) {
  napi_value arguments[MAX_ARGUMENTS];
  struct hash *hash;
  uint8_t bytes[HASH_MAX_DIGEST_BYTES];
  if (!read_arguments(env, info, arguments)) return fail(env, "digest: no arguments");
  if (!read_open_handle(env, arguments[0], &hash)) return NULL;
  hash->ended = true;
  hash->algorithm->digest(hash, bytes);
  return copy_out(env, bytes, hash->algorithm->digest_bytes);
}

/* Names of the CRC implementations that this processor supports, the fastest first. */
static napi_status crc_names(napi_env env, napi_value *names) {
  napi_status status = napi_create_array(env, names);
  uint32_t count = 0;
  for (const struct crc_implementation *crc = crc_implementations; status == napi_ok && crc->name != NULL; crc++) {
    napi_value name;
    if (!crc->supported()) continue;
    status = napi_create_string_utf8(env, crc->name, NAPI_AUTO_LENGTH, &name);
    if (status == napi_ok) status = napi_set_element(env, *names, count++, name);
  }
  return status;
}

NAPI_MODULE_INIT() {
  napi_value names;
  crc_initialise();
  if (hash_layout_fault() != NULL) return fail(env, "OpenSSL's contexts are not laid out as its headers said");
  if (crc_names(env, &names) != napi_ok) return fail(env, "no list could be made");
  const napi_property_descriptor properties[] = {
    {"create", NULL, create, NULL, NULL, NULL, napi_enumerable, NULL},
    {"restore", NULL, restore, NULL, NULL, NULL, napi_enumerable, NULL},
    {"update", NULL, update, NULL, NULL, NULL, napi_enumerable, NULL},
    {"updateAll", NULL, update_all, NULL, NULL, NULL, napi_enumerable, NULL},
    {"state", NULL, state, NULL, NULL, NULL, napi_enumerable, NULL},
    {"digest", NULL, digest, NULL, NULL, NULL, napi_enumerable, NULL},
    {"crcImplementations", NULL, NULL, NULL, NULL, names, napi_enumerable, NULL},
  };
  if (napi_define_properties(env, exports, sizeof properties / sizeof properties[0], properties) != napi_ok) {
    return fail(env, "the addon's functions could not be defined");
  }
  return exports;
}
