/* clock_gettime: one clock, or one clock between two readings of CLOCK_MONOTONIC_RAW, all three in one call from JavaScript. */
#include "addon.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

/* The results go to a fixed buffer that the addon owns, so that the hot path looks up no typed array. */
enum { CLOCK_SLOTS = 256 };

static bool take_clock_and_index(napi_env env, napi_callback_info info, int64_t last, clockid_t *clock,
                                 int64_t **slot) {
  napi_value arguments[2];
  void *data;
  int64_t id, index;
  if (!take_arguments(env, info, 2, arguments, &data) ||
      /* Clocks of an open device have negative ids, see FD_TO_CLOCKID in clock_gettime(2). */
      !take_integer(env, arguments[0], "clockId", INT_MIN, INT_MAX, &id) ||
      !take_integer(env, arguments[1], "index", 0, last, &index)) {
    return false;
  }
  *clock = (clockid_t)id;
  *slot = (int64_t *)data + index;
  return true;
}

/* readTriple(clockId, index): raw, clock, raw into clockBuffer[index .. index + 2]. Returns 0 or the errno. */
static napi_value read_triple(napi_env env, napi_callback_info info) {
  clockid_t clock;
  int64_t *slot;
  struct timespec before, middle, after;
  if (!take_clock_and_index(env, info, CLOCK_SLOTS - 3, &clock, &slot)) return NULL;
  clock_gettime(CLOCK_MONOTONIC_RAW, &before);
  int failed = clock_gettime(clock, &middle) != 0 ? errno : 0;
  clock_gettime(CLOCK_MONOTONIC_RAW, &after);
  if (failed == 0) {
    slot[0] = timespec_to_ns(&before);
    slot[1] = timespec_to_ns(&middle);
    slot[2] = timespec_to_ns(&after);
  }
  return make_number(env, failed);
}

/* readClock(clockId, index): one reading into clockBuffer[index]. Returns 0 or the errno. */
static napi_value read_clock(napi_env env, napi_callback_info info) {
  clockid_t clock;
  int64_t *slot;
  struct timespec now;
  if (!take_clock_and_index(env, info, CLOCK_SLOTS - 1, &clock, &slot)) return NULL;
  if (clock_gettime(clock, &now) != 0) return make_number(env, errno);
  slot[0] = timespec_to_ns(&now);
  return make_number(env, 0);
}

/*
 * The buffer is never freed: JavaScript can move it to another ArrayBuffer (transfer) and outlive the view that we handed out. 2 KiB
 * for each environment that loads the addon is a fair price for a pointer that is always good.
 */
bool register_clock_functions(napi_env env, napi_value exports) {
  napi_value memory, view;
  int64_t *slots = calloc(CLOCK_SLOTS, sizeof *slots);
  if (slots == NULL) return false;
  return napi_create_external_arraybuffer(env, slots, CLOCK_SLOTS * sizeof *slots, NULL, NULL, &memory) == napi_ok &&
         napi_create_typedarray(env, napi_bigint64_array, CLOCK_SLOTS, memory, 0, &view) == napi_ok &&
         napi_set_named_property(env, exports, "clockBuffer", view) == napi_ok &&
         add_function(env, exports, "readTriple", read_triple, slots) &&
         add_function(env, exports, "readClock", read_clock, slots);
}
