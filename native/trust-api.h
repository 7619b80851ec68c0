/* Whom TLS connections trust: the addon's part of it. src/native/native-addon.ts says what each function promises. */
#ifndef MIDSTATE_TRUST_API_H
#define MIDSTATE_TRUST_API_H

#include <openssl/ssl.h>

#include "values.h"

/* Adds createTrust() to the addon's exports. */
napi_status trust_api_define(napi_env env, napi_value exports);

/* What createTrust() returned; it stays the handle's. False with an exception pending where it is another thing. */
bool read_trust(napi_env env, napi_value value, SSL_CTX **context);

#endif
