/*
 * The PTP clock ioctls as linux/ptp_clock.h defines them, written out because older headers lack some (EXTENDED came with Linux 5.0,
 * its clock id with 6.12, EXTENDED_ATTRS in 2026). The layout is the same on x86-64 and arm64; the assertions hold the published numbers and sizes.
 */
#ifndef PTP_CLOCK_PTP_ABI_H
#define PTP_CLOCK_PTP_ABI_H

#include <stdint.h>
#include <sys/ioctl.h>

enum { PTP_READINGS_MAX = 25, PTP_CAPS_WORDS = 20 };

struct ptp_time {
  int64_t seconds;
  uint32_t nanoseconds;
  uint32_t reserved;
};

struct ptp_caps_request {
  int32_t words[PTP_CAPS_WORDS];
};

struct ptp_precise_request {
  struct ptp_time device;
  struct ptp_time realtime;
  struct ptp_time monotonic_raw;
  uint32_t reserved[4];
};

struct ptp_extended_request {
  uint32_t samples;
  int32_t clock_id;
  uint32_t reserved[2];
  struct ptp_time readings[PTP_READINGS_MAX][3];
};

/* system, PHC, system, PHC, ..., system */
struct ptp_basic_request {
  uint32_t samples;
  uint32_t reserved[3];
  struct ptp_time readings[2 * PTP_READINGS_MAX + 1];
};

/* What EXTENDED_ATTRS asks for; the readings follow it in memory, and the ioctl's number holds the size of this part alone. */
struct ptp_attrs_header {
  uint32_t valid;
  int32_t clock_id;
  uint32_t samples;
  uint32_t reserved[3];
};

/* The system clock and CLOCK_MONOTONIC_RAW of one instant, ns. */
struct ptp_attrs_system {
  int64_t clock_ns;
  int64_t raw_ns;
  uint64_t counter;
  uint32_t counter_id;
  uint32_t reserved;
};

struct ptp_attrs_reading {
  struct ptp_attrs_system pre;
  struct ptp_time device;
  uint32_t valid;
  uint32_t error_bound_ns;
  uint32_t timescale;
  uint32_t status;
  uint32_t reserved[4];
  struct ptp_attrs_system post;
};

struct ptp_attrs_request {
  struct ptp_attrs_header header;
  struct ptp_attrs_reading reading;
};

#define PTP_IOCTL_CAPS _IOR('=', 1, struct ptp_caps_request)
/* The kernel declares this one with the direction "write" alone and the size of the whole struct. */
#define PTP_IOCTL_BASIC _IOW('=', 5, struct ptp_basic_request)
#define PTP_IOCTL_PRECISE _IOWR('=', 8, struct ptp_precise_request)
#define PTP_IOCTL_EXTENDED _IOWR('=', 9, struct ptp_extended_request)
#define PTP_IOCTL_EXTENDED_ATTRS _IOWR('=', 24, struct ptp_attrs_header)

_Static_assert(PTP_IOCTL_CAPS == 0x80503d01, "PTP_CLOCK_GETCAPS");
_Static_assert(PTP_IOCTL_BASIC == 0x43403d05, "PTP_SYS_OFFSET");
_Static_assert(PTP_IOCTL_PRECISE == 0xc0403d08, "PTP_SYS_OFFSET_PRECISE");
_Static_assert(PTP_IOCTL_EXTENDED == 0xc4c03d09, "PTP_SYS_OFFSET_EXTENDED");
_Static_assert(PTP_IOCTL_EXTENDED_ATTRS == 0xc0183d18, "PTP_SYS_OFFSET_EXTENDED_ATTRS");
_Static_assert(sizeof(struct ptp_attrs_request) == 136, "a request of one reading");

#endif
