#include "trust-api.h"

#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/pem.h>

static const napi_type_tag TRUST_TAG = {0x6d69647374617465, 0x73b9e0582dc61fa4};

static void finalize_trust(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  SSL_CTX_free(data);
}

/* Adds each certificate of a PEM text; one that cannot be read ends it, as it does in Node. */
static bool trust_all(SSL_CTX *context, const char *pem) {
  X509_STORE *store = SSL_CTX_get_cert_store(context);
  BIO *source = BIO_new_mem_buf(pem, -1);
  X509 *certificate;
  bool added = false;
  while (source != NULL && (certificate = PEM_read_bio_X509_AUX(source, NULL, NULL, NULL)) != NULL) {
    added = X509_STORE_add_cert(store, certificate) == 1 || added;
    X509_free(certificate);
  }
  BIO_free(source);
  ERR_clear_error();
  return added;
}

static SSL_CTX *new_context(void) {
  SSL_CTX *context = SSL_CTX_new(TLS_client_method());
  if (context == NULL) return NULL;
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  return context;
}

/* createTrust(certificates) */
static napi_value create_trust(napi_env env, napi_callback_info info) {
  napi_value arguments[MAX_ARGUMENTS];
  uint32_t count = 0;
  bool trusts_any = false;
  if (!read_arguments(env, info, arguments)) return fail(env, "createTrust: no arguments");
  napi_get_array_length(env, arguments[0], &count);
  SSL_CTX *context = new_context();
  if (context == NULL) return fail(env, "createTrust: OpenSSL has no TLS");
  for (uint32_t i = 0; i < count; i++) {
    napi_value element;
    size_t length;
    char *pem = NULL;
    if (napi_get_element(env, arguments[0], i, &element) == napi_ok) {
      pem = copy_text(env, element, &length);
    }
    if (pem == NULL) break;
    trusts_any = trust_all(context, pem) || trusts_any;
    free(pem);
  }
  if (!trusts_any) {
    SSL_CTX_free(context);
    refuse(env, "certificates: expected texts in PEM, at least one that can be read");
    return NULL;
  }
  return new_tagged(env, &TRUST_TAG, context, finalize_trust);
}

bool read_trust(napi_env env, napi_value value, SSL_CTX **context) {
  void *data;
  if (!read_tagged(env, value, &TRUST_TAG, &data)) {
    return refuse(env, "trust: expected what createTrust() returned, or undefined");
  }
  *context = data;
  return true;
}

napi_status trust_api_define(napi_env env, napi_value exports) {
  const napi_property_descriptor property = {"createTrust", NULL, create_trust, NULL, NULL, NULL, napi_enumerable, NULL};
  return napi_define_properties(env, exports, 1, &property);
}
