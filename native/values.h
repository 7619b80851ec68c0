/* Reading arguments from JavaScript. A check that fails throws, and returns false or NULL. */
#ifndef MIDSTATE_VALUES_H
#define MIDSTATE_VALUES_H

#ifndef NAPI_VERSION
#define NAPI_VERSION 8
#endif
#include <node_api.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAX_ARGUMENTS 4
#define MAX_NAME_BYTES 16
#define MAX_EXACT_INTEGER 9007199254740991.0 /* 2^53 - 1, JavaScript's largest */

struct bytes {
  const uint8_t *data;
  size_t length;
};

/* Throws an Error, unless an exception is pending. */
napi_value fail(napi_env env, const char *message);

/* Throws a TypeError; false. */
static inline bool refuse(napi_env env, const char *message) {
  napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", message);
  return false;
}

/* Missing arguments arrive as undefined. */
bool read_arguments(napi_env env, napi_callback_info info, napi_value arguments[MAX_ARGUMENTS]);

/* A text longer than `name` has room for is cut, and then no name that is known: every name is shorter. */
bool read_name(napi_env env, napi_value value, char name[MAX_NAME_BYTES]);

/* A copy of a text, in Latin-1, that is to be freed; NULL, without an exception, where it is no text. */
char *copy_text(napi_env env, napi_value value, size_t *length);

/* Reads an object's properties, named in `names` up to NULL; what is missing, or of no object, is undefined. */
void read_properties(napi_env env, napi_value object, const char *const names[], napi_value values[]);

/* False, without an exception, where it is no Uint8Array. */
bool read_bytes(napi_env env, napi_value value, struct bytes *bytes);

/* A whole number from `least` that JavaScript has exactly; false, without an exception, where it is none. */
bool read_whole_number(napi_env env, napi_value value, double least, uint64_t *number);

/* What is behind a handle of that tag; false, without an exception, where it is another thing. */
bool read_tagged(napi_env env, napi_value value, const napi_type_tag *tag, void **data);

/* A handle for `data`, which `finalize` frees with it, or at once when none can be made: then NULL, with an exception. */
napi_value new_tagged(napi_env env, const napi_type_tag *tag, void *data, napi_finalize finalize);

#endif
