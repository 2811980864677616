/* The module's entry: registers what the other files offer. */
#include "addon.h"

bool add_function(napi_env env, napi_value exports, const char *name, napi_callback callback, void *data) {
  napi_value function;
  return napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, data, &function) == napi_ok &&
         napi_set_named_property(env, exports, name, function) == napi_ok;
}

NAPI_MODULE_INIT() {
  if (!register_clock_functions(env, exports) || !register_ptp_functions(env, exports) ||
      !register_adjtimex_function(env, exports) || !register_ethtool_functions(env, exports) ||
      !register_clock_set_functions(env, exports)) {
    napi_throw_error(env, NULL, "the clock addon could not be set up");
    return NULL;
  }
  return exports;
}
