#include "target-api.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "trust-api.h"

static bool parse_address(const char *text, uint16_t port, struct sockaddr_storage *address) {
  struct sockaddr_in *v4 = (struct sockaddr_in *)address;
  struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address;
  if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    return true;
  }
  if (inet_pton(AF_INET6, text, &v6->sin6_addr) != 1) return false;
  v6->sin6_family = AF_INET6;
  v6->sin6_port = htons(port);
  return true;
}

static bool read_addresses(napi_env env, napi_value value, napi_value port_value, struct transport_target *target) {
  uint32_t count = 0;
  uint64_t port;
  if (!read_whole_number(env, port_value, 1, &port) || port > UINT16_MAX) {
    return refuse(env, "port: expected a whole number from 1 to 65535");
  }
  if (napi_get_array_length(env, value, &count) == napi_ok) {
    for (uint32_t i = 0; i < count && i < TRANSPORT_MAX_ADDRESSES; i++) {
      napi_value element;
      char text[INET6_ADDRSTRLEN];
      size_t length;
      if (napi_get_element(env, value, i, &element) != napi_ok ||
          napi_get_value_string_utf8(env, element, text, sizeof text, &length) != napi_ok ||
          !parse_address(text, (uint16_t)port, &target->addresses[target->count])) {
        continue;
      }
      target->count++;
    }
  }
  return target->count > 0 || refuse(env, "addresses: expected those of IP, at least one");
}

/* trust, host, session */
static bool read_tls(napi_env env, const napi_value *values, struct transport_target *target) {
  napi_valuetype type;
  SSL_CTX *context;
  struct bytes session;
  size_t length;
  if (napi_typeof(env, values[0], &type) == napi_ok && type == napi_undefined) return true;
  if (!read_trust(env, values[0], &context)) return false;
  target->host = copy_text(env, values[1], &length);
  if (target->host == NULL) return refuse(env, "host: expected a name or an address");
  target->context = context;
  SSL_CTX_up_ref(context);
  struct sockaddr_storage unused;
  target->host_is_address = parse_address(target->host, 1, &unused);
  if (read_bytes(env, values[2], &session) && session.length > 0) {
    uint8_t *copy = malloc(session.length);
    if (copy != NULL) {
      memcpy(copy, session.data, session.length);
      target->session = copy;
      target->session_length = session.length;
    }
  }
  return true;
}

bool read_target(napi_env env, napi_value value, struct transport_target *target) {
  static const char *const names[] = {"addresses", "port", "trust", "host", "session", NULL};
  napi_value values[5];
  read_properties(env, value, names, values);
  return read_addresses(env, values[0], values[1], target) && read_tls(env, values + 2, target);
}
