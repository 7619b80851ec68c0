/* The hashes' part of the addon. src/native/native-addon.ts has its types and says what each function promises. */
#ifndef MIDSTATE_HASH_API_H
#define MIDSTATE_HASH_API_H

#include "hash.h"
#include "values.h"

/* Adds the functions to the addon's exports. */
napi_status hash_api_define(napi_env env, napi_value exports);

/*
 * Reads an array of handles of hashes that take bytes now, each once, at most as many as `hashes` has room for. False
 * with an exception pending.
 */
bool read_free_handles(napi_env env, napi_value value, struct hash *hashes[HASH_MAX_TOGETHER], uint32_t *count);

#endif
