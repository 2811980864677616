/*
 * Preloaded into a test process: answers the PTP ioctls as the kernel would, with the structs of linux/ptp_clock.h, so that the
 * addon's own definitions are proven against the kernel's. Reading i, part p (0 pre, 1 PHC, 2 post) shows i + 1 s and p + 1 ns.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/ptp_clock.h>
#include <stdarg.h>
#include <stdint.h>
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

/*
 * EXTENDED_ATTRS is in no installed header yet: the published byte offsets stand here as numbers, apart from the addon's structs. A
 * request of 24 bytes (valid, clock id, samples, 3 reserved words), then for each reading pre at 0, PHC at 32, attributes at 48, post
 * at 80. A system time is: clock ns, raw ns, counter, counter id.
 */
#define EXTENDED_ATTRS 0xc0183d18UL
enum { ATTRS_READING = 24, ATTRS_PHC = 32, ATTRS_VALID = 48, ATTRS_POST = 80 };

static void put(unsigned char *at, const void *value, size_t size) { memcpy(at, value, size); }

static int answer_attributed(unsigned char *request) {
  uint32_t words[6];
  memcpy(words, request, sizeof words);
  if (words[0] != 0 || words[1] != 0 || words[2] != 1 || words[3] != 0 || words[4] != 0 || words[5] != 0) return EINVAL;
  unsigned char *reading = request + ATTRS_READING;
  int64_t times[4] = {1000000001, 101, 1000000003, 103};
  struct ptp_clock_time phc = {.sec = 1, .nsec = 2};
  uint32_t attributes[4] = {7, 14000, 4, 2};
  put(reading, &times[0], 16);
  put(reading + ATTRS_PHC, &phc, sizeof phc);
  put(reading + ATTRS_VALID, attributes, sizeof attributes);
  put(reading + ATTRS_POST, &times[2], 16);
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
  int32_t extended_attrs = 1;
  put((unsigned char *)caps + 36, &extended_attrs, sizeof extended_attrs);
  return 0;
}

static int answer(unsigned long request, void *argument) {
  switch (request) {
    case PTP_SYS_OFFSET_EXTENDED:
      return answer_extended(argument);
    case EXTENDED_ATTRS:
      return answer_attributed(argument);
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
