// SPDX-License-Identifier: GPL-2.0
/* The lab clock under the name of Amazon's own ENA driver: module name ena, a version of its own, PHC off by default. */
#define LAB_AS_ENA
#define LAB_DRIVER_NAME "ena"
#include "ptp_lab.c"

MODULE_VERSION("2.17.0g");
