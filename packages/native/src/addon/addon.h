/* What the files of the addon share: argument checks, small conversions, and the functions each file registers. */
#ifndef PTP_CLOCK_ADDON_H
#define PTP_CLOCK_ADDON_H

#define NAPI_VERSION 8
#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define NS_PER_S INT64_C(1000000000)

/* Registers a function on the exports; `data` comes back through napi_get_cb_info. */
bool add_function(napi_env env, napi_value exports, const char *name, napi_callback callback, void *data);

bool register_clock_functions(napi_env env, napi_value exports);
bool register_ptp_functions(napi_env env, napi_value exports);
bool register_adjtimex_function(napi_env env, napi_value exports);
bool register_ethtool_functions(napi_env env, napi_value exports);
bool register_clock_set_functions(napi_env env, napi_value exports);

/* Argument checks. Each returns false after it has thrown a TypeError (wrong type) or a RangeError (wrong size or value). */
bool take_arguments(napi_env env, napi_callback_info info, size_t count, napi_value *arguments, void **data);
bool take_integer(napi_env env, napi_value value, const char *name, int64_t min, int64_t max, int64_t *result);
bool take_fd(napi_env env, napi_value value, int *fd);
bool take_bigint_array(napi_env env, napi_value value, int64_t **data, size_t *length);
bool take_int32_array(napi_env env, napi_value value, size_t length, int32_t **data);

napi_value make_number(napi_env env, int64_t number);
napi_value make_string(napi_env env, const char *text, size_t limit);

static inline int64_t timespec_to_ns(const struct timespec *t) {
  return (int64_t)t->tv_sec * NS_PER_S + t->tv_nsec;
}

#endif
