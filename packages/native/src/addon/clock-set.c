/* Notices that the system clock was set: a timer that the kernel cancels at each discontinuous change (timerfd_create(2)). */
#include "addon.h"

#include <errno.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* Never expires within the life of a machine: the year 2500. */
#define FAR_FUTURE_S INT64_C(16725225600)

/* openClockSetWatch(): a file descriptor, or the errno as a negative number. */
static napi_value open_watch(napi_env env, napi_callback_info info) {
  (void)info;
  const struct itimerspec when = {.it_value = {.tv_sec = FAR_FUTURE_S}};
  int fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
  if (fd < 0) return make_number(env, -errno);
  if (timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &when, NULL) == 0) return make_number(env, fd);
  int failed = errno;
  close(fd);
  return make_number(env, -failed);
}

/* readClockSetWatch(fd): 1 when the clock was set since it was last asked (any number of times), 0 when not, or -errno. */
static napi_value read_watch(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  int fd;
  uint64_t expirations;
  if (!take_arguments(env, info, 1, arguments, NULL) || !take_fd(env, arguments[0], &fd)) return NULL;
  if (read(fd, &expirations, sizeof expirations) >= 0) return make_number(env, 0);
  if (errno == ECANCELED) return make_number(env, 1);
  return make_number(env, errno == EAGAIN ? 0 : -errno);
}

bool register_clock_set_functions(napi_env env, napi_value exports) {
  return add_function(env, exports, "openClockSetWatch", open_watch, NULL) &&
         add_function(env, exports, "readClockSetWatch", read_watch, NULL);
}
