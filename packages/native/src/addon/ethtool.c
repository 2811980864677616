/* Driver and statistics of a network interface through SIOCETHTOOL, as `ethtool -i` and `ethtool -S` read them. */
#include "addon.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

/* ENA has a few hundred; the limit keeps a mad driver from asking for gigabytes. */
enum { STATISTICS_MAX = 65536 };

/* Room for the kernel to write into, ending at a page that nobody may touch. */
struct guarded {
  void *base;
  size_t mapped;
  void *start;
};

/*
 * The kernel writes as many statistics as the driver has at that moment, whatever room the caller announced. If the driver gained some
 * since it was asked for their number, the copy runs into the guard page and the ioctl fails with EFAULT, instead of overrunning a heap.
 */
static int map_guarded(size_t size, struct guarded *area) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  size_t room = (size + page - 1) / page * page;
  void *base = mmap(NULL, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED) return errno;
  area->base = base;
  area->mapped = room + page;
  /* Ends at the guard. The structs used here have sizes that are multiples of their alignment. */
  area->start = (char *)base + room - size;
  if (mprotect((char *)base + room, page, PROT_NONE) == 0) return 0;
  int failed = errno;
  munmap(base, area->mapped);
  return failed;
}

static int ethtool(int fd, const char *name, void *command) {
  struct ifreq request = {0};
  memcpy(request.ifr_name, name, strnlen(name, IFNAMSIZ - 1));
  request.ifr_data = command;
  return ioctl(fd, SIOCETHTOOL, &request) != 0 ? errno : 0;
}

static bool take_interface(napi_env env, napi_value value, char name[IFNAMSIZ]) {
  /* One byte more than fits, so that a name that is too long can be told from the longest that is not. */
  char text[IFNAMSIZ + 1];
  size_t length;
  napi_valuetype type;
  if (napi_typeof(env, value, &type) != napi_ok || type != napi_string) {
    napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", "interfaceName must be a string");
    return false;
  }
  if (napi_get_value_string_utf8(env, value, text, sizeof text, &length) != napi_ok || length == 0 ||
      length >= IFNAMSIZ || memchr(text, 0, length) != NULL) {
    napi_throw_range_error(env, "ERR_OUT_OF_RANGE", "interfaceName must have 1 to 15 bytes and no zero byte");
    return false;
  }
  memcpy(name, text, length + 1);
  return true;
}

static int count_statistics(int fd, const char *name, uint32_t *count) {
  struct {
    struct ethtool_sset_info info;
    uint32_t count;
  } request = {.info = {.cmd = ETHTOOL_GSSET_INFO, .sset_mask = UINT64_C(1) << ETH_SS_STATS}};
  int failed = ethtool(fd, name, &request);
  if (failed != 0) return failed;
  /* A cleared mask says that the driver has no such set. */
  *count = request.info.sset_mask == 0 ? 0 : request.count;
  if (*count == 0) return EOPNOTSUPP;
  return *count > STATISTICS_MAX ? EOVERFLOW : 0;
}

static bool make_statistics(napi_env env, const struct ethtool_gstrings *names, const struct ethtool_stats *values,
                            napi_value *result) {
  napi_value texts, numbers, memory;
  void *bytes;
  uint32_t count = names->len < values->n_stats ? names->len : values->n_stats;
  if (napi_create_object(env, result) != napi_ok || napi_create_array_with_length(env, count, &texts) != napi_ok ||
      napi_create_arraybuffer(env, count * sizeof(uint64_t), &bytes, &memory) != napi_ok ||
      napi_create_typedarray(env, napi_biguint64_array, count, memory, 0, &numbers) != napi_ok) {
    return false;
  }
  memcpy(bytes, values->data, count * sizeof(uint64_t));
  for (uint32_t i = 0; i < count; i++) {
    const char *text = (const char *)names->data + (size_t)i * ETH_GSTRING_LEN;
    if (napi_set_element(env, texts, i, make_string(env, text, ETH_GSTRING_LEN)) != napi_ok) return false;
  }
  return napi_set_named_property(env, *result, "names", texts) == napi_ok &&
         napi_set_named_property(env, *result, "values", numbers) == napi_ok;
}

static int fetch_statistics(int fd, const char *name, struct guarded *names, struct guarded *values) {
  uint32_t count;
  int failed = count_statistics(fd, name, &count);
  if (failed != 0) return failed;
  failed = map_guarded(sizeof(struct ethtool_gstrings) + (size_t)count * ETH_GSTRING_LEN, names);
  if (failed != 0) return failed;
  failed = map_guarded(sizeof(struct ethtool_stats) + (size_t)count * sizeof(uint64_t), values);
  if (failed != 0) return failed;
  struct ethtool_gstrings *strings = names->start;
  struct ethtool_stats *statistics = values->start;
  *strings = (struct ethtool_gstrings){.cmd = ETHTOOL_GSTRINGS, .string_set = ETH_SS_STATS, .len = count};
  *statistics = (struct ethtool_stats){.cmd = ETHTOOL_GSTATS, .n_stats = count};
  failed = ethtool(fd, name, strings);
  if (failed == 0) failed = ethtool(fd, name, statistics);
  if (failed == 0 && (strings->len > count || statistics->n_stats > count)) failed = EFAULT;
  return failed;
}

/* readEthtoolStats(interfaceName): { names, values } or the errno. */
static napi_value read_statistics(napi_env env, napi_callback_info info) {
  napi_value arguments[1], result = NULL;
  char name[IFNAMSIZ];
  struct guarded names = {0}, values = {0};
  if (!take_arguments(env, info, 1, arguments, NULL) || !take_interface(env, arguments[0], name)) return NULL;
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return make_number(env, errno);
  int failed = fetch_statistics(fd, name, &names, &values);
  close(fd);
  if (failed != 0) {
    result = make_number(env, failed);
  } else if (!make_statistics(env, names.start, values.start, &result)) {
    napi_throw_error(env, NULL, "the statistics could not be handed over");
    result = NULL;
  }
  if (names.base != NULL) munmap(names.base, names.mapped);
  if (values.base != NULL) munmap(values.base, values.mapped);
  return result;
}

/* readEthtoolDriver(interfaceName): { driver, version, firmware, bus } or the errno. */
static napi_value read_driver(napi_env env, napi_callback_info info) {
  napi_value arguments[1], result = NULL;
  char name[IFNAMSIZ];
  struct ethtool_drvinfo driver = {.cmd = ETHTOOL_GDRVINFO};
  if (!take_arguments(env, info, 1, arguments, NULL) || !take_interface(env, arguments[0], name)) return NULL;
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return make_number(env, errno);
  int failed = ethtool(fd, name, &driver);
  close(fd);
  if (failed != 0) return make_number(env, failed);
  const napi_property_descriptor properties[] = {
      {.utf8name = "driver", .value = make_string(env, driver.driver, sizeof driver.driver), .attributes = napi_enumerable},
      {.utf8name = "version", .value = make_string(env, driver.version, sizeof driver.version), .attributes = napi_enumerable},
      {.utf8name = "firmware",
       .value = make_string(env, driver.fw_version, sizeof driver.fw_version),
       .attributes = napi_enumerable},
      {.utf8name = "bus", .value = make_string(env, driver.bus_info, sizeof driver.bus_info), .attributes = napi_enumerable},
  };
  if (napi_create_object(env, &result) != napi_ok ||
      napi_define_properties(env, result, sizeof properties / sizeof properties[0], properties) != napi_ok) {
    napi_throw_error(env, NULL, "the driver's description could not be handed over");
    return NULL;
  }
  return result;
}

bool register_ethtool_functions(napi_env env, napi_value exports) {
  return add_function(env, exports, "readEthtoolDriver", read_driver, NULL) &&
         add_function(env, exports, "readEthtoolStats", read_statistics, NULL);
}
