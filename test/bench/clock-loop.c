/*
 * The baseline of clock-triple.ts: CLOCK_MONOTONIC_RAW, CLOCK_REALTIME, CLOCK_MONOTONIC_RAW in a plain C loop.
 * Prints "<median bracket> <median time per call>" in ns.
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { CALLS = 200000 };

static int64_t read_ns(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int ascending(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

static int64_t median(int64_t *values, size_t count) {
  qsort(values, count, sizeof *values, ascending);
  return values[count / 2];
}

int main(void) {
  static int64_t triples[CALLS][3], brackets[CALLS], periods[CALLS];
  /* The first round warms caches and maps the memory; only the second counts. */
  for (int round = 0; round < 2; round++) {
    for (int i = 0; i < CALLS; i++) {
      triples[i][0] = read_ns(CLOCK_MONOTONIC_RAW);
      triples[i][1] = read_ns(CLOCK_REALTIME);
      triples[i][2] = read_ns(CLOCK_MONOTONIC_RAW);
    }
  }
  for (int i = 0; i < CALLS; i++) {
    brackets[i] = triples[i][2] - triples[i][0];
    periods[i] = i == 0 ? 0 : triples[i][0] - triples[i - 1][0];
  }
  printf("%" PRId64 " %" PRId64 "\n", median(brackets, CALLS), median(periods + 1, CALLS - 1));
  return 0;
}
