// SPDX-License-Identifier: GPL-2.0
/* The lab clock as the kernel's own ENA driver has it from Linux 6.17: no module version, no phc_enable, PHC by devlink. */
#define LAB_AS_ENA
#define LAB_AS_MAINLINE_ENA
#define LAB_DRIVER_NAME "ena"
#include "ptp_lab.c"
