#include "values.h"

#include <stdlib.h>
#include <string.h>

napi_value fail(napi_env env, const char *message) {
  bool pending = false;
  napi_is_exception_pending(env, &pending);
  if (!pending) napi_throw_error(env, NULL, message);
  return NULL;
}

bool read_arguments(napi_env env, napi_callback_info info, napi_value arguments[MAX_ARGUMENTS]) {
  size_t count = MAX_ARGUMENTS;
  return napi_get_cb_info(env, info, &count, arguments, NULL, NULL) == napi_ok;
}

bool read_name(napi_env env, napi_value value, char name[MAX_NAME_BYTES]) {
  size_t length;
  return napi_get_value_string_utf8(env, value, name, MAX_NAME_BYTES, &length) == napi_ok && strlen(name) == length;
}

char *copy_text(napi_env env, napi_value value, size_t *length) {
  char *text;
  if (napi_get_value_string_latin1(env, value, NULL, 0, length) != napi_ok || (text = malloc(*length + 1)) == NULL) {
    return NULL;
  }
  napi_get_value_string_latin1(env, value, text, *length + 1, length);
  return text;
}

void read_properties(napi_env env, napi_value object, const char *const names[], napi_value values[]) {
  napi_valuetype type;
  const bool is_object = napi_typeof(env, object, &type) == napi_ok && type == napi_object;
  for (size_t i = 0; names[i] != NULL; i++) {
    if (!is_object || napi_get_named_property(env, object, names[i], &values[i]) != napi_ok) {
      napi_get_undefined(env, &values[i]);
    }
  }
}

bool read_bytes(napi_env env, napi_value value, struct bytes *bytes) {
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

bool read_whole_number(napi_env env, napi_value value, double least, uint64_t *number) {
  double given;
  if (napi_get_value_double(env, value, &given) != napi_ok || !(given >= least && given <= MAX_EXACT_INTEGER)) {
    return false;
  }
  *number = (uint64_t)given;
  return (double)*number == given;
}

bool read_tagged(napi_env env, napi_value value, const napi_type_tag *tag, void **data) {
  napi_valuetype type;
  bool is_tagged = false;
  *data = NULL;
  return napi_typeof(env, value, &type) == napi_ok && type == napi_object &&
         napi_check_object_type_tag(env, value, tag, &is_tagged) == napi_ok && is_tagged &&
         napi_unwrap(env, value, data) == napi_ok && *data != NULL;
}

napi_value new_tagged(napi_env env, const napi_type_tag *tag, void *data, napi_finalize finalize) {
  napi_value handle;
  if (napi_create_object(env, &handle) != napi_ok || napi_wrap(env, handle, data, finalize, NULL, NULL) != napi_ok) {
    finalize(env, data, NULL);
    return fail(env, "no handle could be made");
  }
  if (napi_type_tag_object(env, handle, tag) != napi_ok) return fail(env, "no handle could be made");
  return handle;
}
