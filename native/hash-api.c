/*
 * Hashes for JavaScript. No pointer into a JavaScript buffer outlives the call that brought it. A handle is an object
 * that wraps a `struct hash`; its type tag tells it from the objects of others, and a finalizer frees it.
 */
#include "hash-api.h"

#include <stdlib.h>
#include <string.h>

#include "parallel.h"

static const napi_type_tag HANDLE_TAG = {0x6d69647374617465, 0x9d1f0b7a52c4e863};

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
  void *data;
  if (!read_tagged(env, value, &HANDLE_TAG, &data)) {
    return refuse(env, "hash: expected what create() or restore() returned");
  }
  *hash = data;
  return true;
}

/* A handle of a hash that goes on. */
static bool read_open_handle(napi_env env, napi_value value, struct hash **hash) {
  if (!read_handle(env, value, hash)) return false;
  if ((*hash)->ended) {
    fail(env, "hash: expected no call after digest(); create another one");
    return false;
  }
  return true;
}

/* A handle of a hash that takes bytes now. */
static bool read_free_handle(napi_env env, napi_value value, struct hash **hash) {
  if (!read_open_handle(env, value, hash)) return false;
  if ((*hash)->busy) {
    fail(env, "hash: expected no bytes while it takes those of a body");
    return false;
  }
  return true;
}

static void finalize(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  free(data);
}

/* Wraps a new hash; `*hash` belongs to the handle from then on. NULL with an exception pending on failure. */
static napi_value new_handle(napi_env env, const struct hash_algorithm *algorithm,
                             const struct crc_implementation *crc, struct hash **hash) {
  *hash = calloc(1, sizeof **hash);
  if (*hash == NULL) return fail(env, "hash: out of memory");
  (*hash)->algorithm = algorithm;
  (*hash)->crc = crc;
  algorithm->start(*hash);
  return new_tagged(env, &HANDLE_TAG, *hash, finalize);
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
  uint64_t count;
  if (!read_arguments(env, info, arguments)) return fail(env, "restore: no arguments");
  if (!read_algorithm(env, arguments[0], &algorithm) || !read_crc(env, arguments[3], &crc)) return NULL;
  if (!read_bytes(env, arguments[1], &state) || state.length != algorithm->state_bytes) {
    refuse(env, "state: expected a Uint8Array of the algorithm's state size");
    return NULL;
  }
  if (!read_whole_number(env, arguments[2], 0, &count) || count % algorithm->block_bytes != 0) {
    refuse(env, "bytesHashed: expected a multiple of the algorithm's block size, from 0 and below 2^53");
    return NULL;
  }
  napi_value handle = new_handle(env, algorithm, crc, &hash);
  if (handle != NULL) algorithm->load(hash, state.data, count);
  return handle;
}

/* update(hash, bytes) */
static napi_value update(napi_env env, napi_callback_info info) {
  napi_value arguments[MAX_ARGUMENTS];
  struct hash *hash;
  struct bytes bytes;
  if (!read_arguments(env, info, arguments)) return fail(env, "update: no arguments");
  if (!read_free_handle(env, arguments[0], &hash)) return NULL;
  if (!read_bytes(env, arguments[1], &bytes)) {
    refuse(env, "bytes: expected a Uint8Array");
    return NULL;
  }
  if (bytes.length > 0) hash->algorithm->update(hash, bytes.data, bytes.length);
  return NULL;
}

bool read_free_handles(napi_env env, napi_value value, struct hash *hashes[HASH_MAX_TOGETHER], uint32_t *count) {
  bool is_array;
  if (napi_is_array(env, value, &is_array) != napi_ok || !is_array || napi_get_array_length(env, value, count) != napi_ok ||
      *count > HASH_MAX_TOGETHER) {
    return refuse(env, "hashes: expected an array of at most 16");
  }
  for (uint32_t i = 0; i < *count; i++) {
    napi_value element;
    if (napi_get_element(env, value, i, &element) != napi_ok) return refuse(env, "hashes: expected an array");
    if (!read_free_handle(env, element, &hashes[i])) return false;
    for (uint32_t j = 0; j < i; j++) {
      if (hashes[j] == hashes[i]) return refuse(env, "hashes: expected each of them once");
    }
  }
  return true;
}

/* updateAll(hashes, bytes, threads) */
static napi_value update_all(napi_env env, napi_callback_info info) {
  napi_value arguments[MAX_ARGUMENTS];
  struct hash *hashes[HASH_MAX_TOGETHER];
  struct bytes bytes;
  uint32_t count;
  int32_t threads;
  if (!read_arguments(env, info, arguments)) return fail(env, "updateAll: no arguments");
  if (!read_free_handles(env, arguments[0], hashes, &count)) return NULL;
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
  if (!read_free_handle(env, arguments[0], &hash)) return NULL;
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

napi_status hash_api_define(napi_env env, napi_value exports) {
  napi_value names;
  napi_status status = crc_names(env, &names);
  const napi_property_descriptor properties[] = {
    {"create", NULL, create, NULL, NULL, NULL, napi_enumerable, NULL},
    {"restore", NULL, restore, NULL, NULL, NULL, napi_enumerable, NULL},
    {"update", NULL, update, NULL, NULL, NULL, napi_enumerable, NULL},
    {"updateAll", NULL, update_all, NULL, NULL, NULL, napi_enumerable, NULL},
    {"state", NULL, state, NULL, NULL, NULL, napi_enumerable, NULL},
    {"digest", NULL, digest, NULL, NULL, NULL, napi_enumerable, NULL},
    {"crcImplementations", NULL, NULL, NULL, NULL, names, napi_enumerable, NULL},
  };
  if (status != napi_ok) return status;
  return napi_define_properties(env, exports, sizeof properties / sizeof properties[0], properties);
}
