/* The kernel's own clock discipline, read only (adjtimex with modes = 0 needs no privilege). */
#include "addon.h"

#include <errno.h>
#include <sys/timex.h>

enum { ADJTIMEX_VALUES = 6 };

/* readAdjtimex(out: BigInt64Array of 6): freq (2^-16 ppm), status, maxerror (us), esterror (us), tai (s), clock state. */
static napi_value read_adjtimex(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  int64_t *out;
  size_t length;
  struct timex kernel = {.modes = 0};
  if (!take_arguments(env, info, 1, arguments, NULL) || !take_bigint_array(env, arguments[0], &out, &length)) return NULL;
  if (length != ADJTIMEX_VALUES) {
    napi_throw_range_error(env, "ERR_OUT_OF_RANGE", "the length of out must be 6");
    return NULL;
  }
  int state = adjtimex(&kernel);
  if (state < 0) return make_number(env, errno);
  out[0] = kernel.freq;
  out[1] = kernel.status;
  out[2] = kernel.maxerror;
  out[3] = kernel.esterror;
  out[4] = kernel.tai;
  out[5] = state;
  return make_number(env, 0);
}

bool register_adjtimex_function(napi_env env, napi_value exports) {
  return add_function(env, exports, "readAdjtimex", read_adjtimex, NULL);
}
