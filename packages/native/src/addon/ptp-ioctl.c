/* Cross-timestamps of a PTP hardware clock, and what the clock can do. Errors come back as errno numbers. */
#include "addon.h"
#include "ptp-abi.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

/* Layout of `out`: raw before, raw after, then pre, PHC, post of each reading, all in ns. */
enum { RAW_VALUES = 2, VALUES_PER_READING = 3, ATTRIBUTED_VALUES = 9 };

static int64_t to_ns(const struct ptp_time *t) {
  return t->seconds * NS_PER_S + t->nanoseconds;
}

/* One ioctl between two readings of CLOCK_MONOTONIC_RAW. */
static int bracketed_ioctl(int fd, unsigned long request, void *argument, int64_t *out) {
  struct timespec before, after;
  clock_gettime(CLOCK_MONOTONIC_RAW, &before);
  int failed = ioctl(fd, request, argument) != 0 ? errno : 0;
  clock_gettime(CLOCK_MONOTONIC_RAW, &after);
  if (failed == 0) {
    out[0] = timespec_to_ns(&before);
    out[1] = timespec_to_ns(&after);
  }
  return failed;
}

/* The length of `out` says how many readings are wanted. */
static bool take_readings(napi_env env, napi_value value, size_t max, int64_t **out, uint32_t *readings) {
  size_t length;
  if (!take_bigint_array(env, value, out, &length)) return false;
  size_t values = length < RAW_VALUES ? 0 : length - RAW_VALUES;
  if (values == 0 || values % VALUES_PER_READING != 0 || values / VALUES_PER_READING > max) {
    napi_throw_range_error(env, "ERR_OUT_OF_RANGE",
                           max == 1 ? "the length of out must be 5" : "the length of out must be 2 + 3 * (1 to 25)");
    return false;
  }
  *readings = (uint32_t)(values / VALUES_PER_READING);
  return true;
}

/* readPtpCaps(fd, out: Int32Array of 20): struct ptp_clock_caps. */
static napi_value read_caps(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  int fd;
  int32_t *out;
  struct ptp_caps_request request = {0};
  if (!take_arguments(env, info, 2, arguments, NULL) || !take_fd(env, arguments[0], &fd) ||
      !take_int32_array(env, arguments[1], PTP_CAPS_WORDS, &out)) {
    return NULL;
  }
  if (ioctl(fd, PTP_IOCTL_CAPS, &request) != 0) return make_number(env, errno);
  memcpy(out, request.words, sizeof request.words);
  return make_number(env, 0);
}

/* readPtpPrecise(fd, out of 5): the hardware latched all three clocks at one instant, so pre = post and both raw values are equal. */
static napi_value read_precise(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  int fd;
  int64_t *out;
  uint32_t readings;
  struct ptp_precise_request request = {0};
  if (!take_arguments(env, info, 2, arguments, NULL) || !take_fd(env, arguments[0], &fd) ||
      !take_readings(env, arguments[1], 1, &out, &readings)) {
    return NULL;
  }
  if (ioctl(fd, PTP_IOCTL_PRECISE, &request) != 0) return make_number(env, errno);
  out[0] = out[1] = to_ns(&request.monotonic_raw);
  out[2] = out[4] = to_ns(&request.realtime);
  out[3] = to_ns(&request.device);
  return make_number(env, 0);
}

/* readPtpExtended(fd, clockId, out): the driver brackets each PHC reading by the clock named. */
static napi_value read_extended(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  int fd;
  int64_t clock, *out;
  struct ptp_extended_request request = {0};
  if (!take_arguments(env, info, 3, arguments, NULL) || !take_fd(env, arguments[0], &fd) ||
      !take_integer(env, arguments[1], "clockId", INT_MIN, INT_MAX, &clock) ||
      !take_readings(env, arguments[2], PTP_READINGS_MAX, &out, &request.samples)) {
    return NULL;
  }
  uint32_t readings = request.samples;
  request.clock_id = (int32_t)clock;
  int failed = bracketed_ioctl(fd, PTP_IOCTL_EXTENDED, &request, out);
  for (uint32_t i = 0; failed == 0 && i < readings; i++) {
    for (int part = 0; part < VALUES_PER_READING; part++) {
      out[RAW_VALUES + VALUES_PER_READING * i + part] = to_ns(&request.readings[i][part]);
    }
  }
  return make_number(env, failed);
}

/*
 * readPtpAttributed(fd, clockId, out of 9): one reading as in `read_extended`, then what the device says of it: valid bits, error bound
 * in ns, timescale, status. The kernel takes the raw clock at the same instants as the named one, so its own values are the raw bracket.
 */
static napi_value read_attributed(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  int fd;
  int64_t clock, *out;
  size_t length;
  struct ptp_attrs_request request = {0};
  if (!take_arguments(env, info, 3, arguments, NULL) || !take_fd(env, arguments[0], &fd) ||
      !take_integer(env, arguments[1], "clockId", INT_MIN, INT_MAX, &clock) ||
      !take_bigint_array(env, arguments[2], &out, &length)) {
    return NULL;
  }
  if (length != ATTRIBUTED_VALUES) {
    napi_throw_range_error(env, "ERR_OUT_OF_RANGE", "the length of out must be 9");
    return NULL;
  }
  request.header.clock_id = (int32_t)clock;
  request.header.samples = 1;
  if (ioctl(fd, PTP_IOCTL_EXTENDED_ATTRS, &request) != 0) return make_number(env, errno);
  const struct ptp_attrs_reading *reading = &request.reading;
  out[0] = reading->pre.raw_ns;
  out[1] = reading->post.raw_ns;
  out[2] = reading->pre.clock_ns;
  out[3] = to_ns(&reading->device);
  out[4] = reading->post.clock_ns;
  out[5] = reading->valid;
  out[6] = reading->error_bound_ns;
  out[7] = reading->timescale;
  out[8] = reading->status;
  return make_number(env, 0);
}

/* readPtpBasic(fd, out): neighbouring readings share the system clock value between them. */
static napi_value read_basic(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  int fd;
  int64_t *out;
  struct ptp_basic_request request = {0};
  if (!take_arguments(env, info, 2, arguments, NULL) || !take_fd(env, arguments[0], &fd) ||
      !take_readings(env, arguments[1], PTP_READINGS_MAX, &out, &request.samples)) {
    return NULL;
  }
  uint32_t readings = request.samples;
  int failed = bracketed_ioctl(fd, PTP_IOCTL_BASIC, &request, out);
  for (uint32_t i = 0; failed == 0 && i < readings; i++) {
    for (int part = 0; part < VALUES_PER_READING; part++) {
      out[RAW_VALUES + VALUES_PER_READING * i + part] = to_ns(&request.readings[2 * i + part]);
    }
  }
  return make_number(env, failed);
}

bool register_ptp_functions(napi_env env, napi_value exports) {
  return add_function(env, exports, "readPtpCaps", read_caps, NULL) &&
         add_function(env, exports, "readPtpPrecise", read_precise, NULL) &&
         add_function(env, exports, "readPtpExtended", read_extended, NULL) &&
         add_function(env, exports, "readPtpAttributed", read_attributed, NULL) &&
         add_function(env, exports, "readPtpBasic", read_basic, NULL);
}
