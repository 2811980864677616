// SPDX-License-Identifier: GPL-2.0
/* The lab clock under the name of the ENA driver: module name ena, PHC off by default. */
#include "ptp_lab.c"
