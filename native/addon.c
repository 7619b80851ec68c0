/*
 * The addon as Node loads it. src/native/native-addon.ts has its types and says what each function promises. Every
 * argument is checked before use, and a failed check is a TypeError.
 */
#include "connection-api.h"
#include "hash-api.h"
#include "trust-api.h"

NAPI_MODULE_INIT() {
  crc_initialise();
  if (hash_layout_fault() != NULL) return fail(env, "OpenSSL's contexts are not laid out as its headers said");
  if (hash_api_define(env, exports) != napi_ok || connection_api_define(env, exports) != napi_ok ||
      trust_api_define(env, exports) != napi_ok) {
    return fail(env, "the addon's functions could not be defined");
  }
  return exports;
}
