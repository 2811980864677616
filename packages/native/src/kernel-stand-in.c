/*
 * Preloaded into a test process: answers the PTP ioctls as the kernel would, with the structs of linux/ptp_clock.h, so that the
 * addon's own definitions are proven against the kernel's. Reading i, part p (0 pre, 1 PHC, 2 post) shows i + 1 s and p + 1 ns.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/ptp_clock.h>
#include <stdarg.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static void set(struct ptp_clock_time *time, unsigned second, unsigned ns) {
  time->sec = second;
  time->nsec = ns;
}

static int answer_extended(struct ptp_sys_offset_extended *request) {
  /* The clock id took the place of the first reserved word (Linux 6.12). */
  if (request->rsv[0] == 4) return EINVAL;
  for (unsigned i = 0; i < request->n_samples; i++) {
    for (unsigned part = 0; part < 3; part++) set(&request->ts[i][part], i + 1, part + 1);
  }
  return 0;
}

static int answer_basic(struct ptp_sys_offset *request) {
  for (unsigned i = 0; i < 2 * request->n_samples + 1; i++) set(&request->ts[i], 1, i + 1);
  return 0;
}

static int answer_precise(struct ptp_sys_offset_precise *request) {
  set(&request->device, 1, 2);
  set(&request->sys_realtime, 1, 3);
  set(&request->sys_monoraw, 1, 4);
  return 0;
}

static int answer_caps(struct ptp_clock_caps *caps) {
  caps->max_adj = 11;
  caps->n_alarm = 12;
  caps->n_ext_ts = 13;
  caps->n_per_out = 14;
  caps->pps = 1;
  caps->n_pins = 16;
  caps->cross_timestamping = 1;
  return 0;
}

static int answer(unsigned long request, void *argument) {
  switch (request) {
    case PTP_SYS_OFFSET_EXTENDED:
      return answer_extended(argument);
    case PTP_SYS_OFFSET:
      return answer_basic(argument);
    case PTP_SYS_OFFSET_PRECISE:
      return answer_precise(argument);
    case PTP_CLOCK_GETCAPS:
      return answer_caps(argument);
    default:
      return -1;
  }
}

int ioctl(int fd, unsigned long request, ...) {
  va_list arguments;
  va_start(arguments, request);
  void *argument = va_arg(arguments, void *);
  va_end(arguments);
  int failed = answer(request, argument);
  if (failed < 0) return (int)syscall(SYS_ioctl, fd, request, argument);
  if (failed == 0) return 0;
  errno = failed;
  return -1;
}
