/* Checks of what JavaScript passes in. Nothing reaches a system call or a buffer without passing one of these. */
#include "addon.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

static bool throw_type(napi_env env, const char *name, const char *expected) {
  char text[160];
  snprintf(text, sizeof text, "%s must be %s", name, expected);
  napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", text);
  return false;
}

static bool throw_range(napi_env env, const char *name, int64_t min, int64_t max) {
  char text[160];
  snprintf(text, sizeof text, "%s must be a whole number from %lld to %lld", name, (long long)min, (long long)max);
  napi_throw_range_error(env, "ERR_OUT_OF_RANGE", text);
  return false;
}

bool take_arguments(napi_env env, napi_callback_info info, size_t count, napi_value *arguments, void **data) {
  size_t given = count;
  /* Arguments that are missing arrive as undefined, which the check of each argument refuses. */
  if (napi_get_cb_info(env, info, &given, arguments, NULL, data) == napi_ok) return true;
  napi_throw_error(env, NULL, "the arguments could not be read");
  return false;
}

bool take_integer(napi_env env, napi_value value, const char *name, int64_t min, int64_t max, int64_t *result) {
  double number;
  if (napi_get_value_double(env, value, &number) != napi_ok) return throw_type(env, name, "a number");
  /* Written so that NaN fails; the cast is defined because the bounds lie within 32 bits. */
  if (!(number >= (double)min && number <= (double)max) || (double)(int64_t)number != number) {
    return throw_range(env, name, min, max);
  }
  *result = (int64_t)number;
  return true;
}

bool take_fd(napi_env env, napi_value value, int *fd) {
  int64_t number;
  if (!take_integer(env, value, "fd", 0, INT_MAX, &number)) return false;
  *fd = (int)number;
  return true;
}

bool take_bigint_array(napi_env env, napi_value value, int64_t **data, size_t *length) {
  napi_typedarray_type type;
  void *bytes;
  if (napi_get_typedarray_info(env, value, &type, length, &bytes, NULL, NULL) != napi_ok ||
      type != napi_bigint64_array) {
    return throw_type(env, "out", "a BigInt64Array");
  }
  *data = bytes;
  return true;
}

bool take_int32_array(napi_env env, napi_value value, size_t length, int32_t **data) {
  napi_typedarray_type type;
  void *bytes;
  size_t actual;
  if (napi_get_typedarray_info(env, value, &type, &actual, &bytes, NULL, NULL) != napi_ok || type != napi_int32_array) {
    return throw_type(env, "out", "an Int32Array");
  }
  if (actual != length) return throw_range(env, "the length of out", (int64_t)length, (int64_t)length);
  *data = bytes;
  return true;
}

napi_value make_number(napi_env env, int64_t number) {
  napi_value value = NULL;
  napi_create_int64(env, number, &value);
  return value;
}

/* A text of at most `limit` bytes that may lack its ending zero, as the kernel's fixed-size fields do. */
napi_value make_string(napi_env env, const char *text, size_t limit) {
  napi_value value = NULL;
  napi_create_string_latin1(env, text, strnlen(text, limit), &value);
  return value;
}
