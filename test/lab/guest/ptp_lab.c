// SPDX-License-Identifier: GPL-2.0
/*
 * ptp_lab: a PTP hardware clock in software for test guests, with faults on demand.
 *
 * It binds to QEMU's "edu" PCI device, so that a guest sees what an ENA device shows: a PCI function with a posix clock (/dev/ptpN),
 * a clock_name of the form ena-ptp-<PCI slot>, and a phc_error_bound file beside it. It is a model of ENA, not ENA: above all its
 * 125 readings in a window of one second are our guess at a limit whose window Amazon does not publish.
 *
 * Time is CLOCK_MONOTONIC_RAW scaled by a rate, plus an offset. Everything under /sys/module/<name>/parameters acts on all devices.
 */
#include <linux/delay.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/pci.h>
#include <linux/ptp_clock_kernel.h>
#include <linux/random.h>
#include <linux/spinlock.h>
#include <linux/timekeeping.h>

#define PCI_VENDOR_ID_QEMU_EDU 0x1234
#define PCI_DEVICE_ID_QEMU_EDU 0x11e8

#define READ_WINDOW_NS NSEC_PER_SEC

#ifdef LAB_AS_ENA
#define PHC_OFF_BY_DEFAULT 1
#else
#define PHC_OFF_BY_DEFAULT 0
#define LAB_DRIVER_NAME KBUILD_MODNAME
#endif

/* ---- parameters at load time ---- */

static unsigned int phc_enable = !PHC_OFF_BY_DEFAULT;
#ifndef LAB_AS_MAINLINE_ENA
module_param(phc_enable, uint, 0444);
MODULE_PARM_DESC(phc_enable, "Register a clock for each device (as ENA's parameter; off by default there)");
#endif

static bool phc_breaks_probe;
module_param(phc_breaks_probe, bool, 0444);
MODULE_PARM_DESC(phc_breaks_probe, "1: with phc_enable the device cannot be used at all (ENA before 2.16: no network)");

static bool no_phc;
module_param(no_phc, bool, 0444);
MODULE_PARM_DESC(no_phc, "1: the device offers no clock, although phc_enable is on");

static char *name;
module_param(name, charp, 0444);
MODULE_PARM_DESC(name, "clock_name instead of ena-ptp-<PCI slot>");

static bool second;
module_param(second, bool, 0444);
MODULE_PARM_DESC(second, "1: the device behind the bridge has a clock too, of the same name");

static bool extended = true;
module_param(extended, bool, 0444);
MODULE_PARM_DESC(extended, "0: PTP_SYS_OFFSET_EXTENDED is refused with EOPNOTSUPP");

static bool ro = true;
module_param(ro, bool, 0444);
MODULE_PARM_DESC(ro, "1, as ENA: setting and steering the clock is refused");

/* ---- parameters at run time ---- */

static unsigned int noise_ns;
module_param(noise_ns, uint, 0644);
MODULE_PARM_DESC(noise_ns, "Each reading is off by a uniform error within +- this");

static unsigned int fail_errno;
module_param(fail_errno, uint, 0644);
MODULE_PARM_DESC(fail_errno, "Each reading fails with this error (16 EBUSY, 5 EIO)");

static unsigned int max_per_s;
module_param(max_per_s, uint, 0644);
MODULE_PARM_DESC(max_per_s, "More readings than this within one second fail with EBUSY; 0: no limit");

static unsigned int lat_us;
module_param(lat_us, uint, 0644);
MODULE_PARM_DESC(lat_us, "A reading takes this long between its two system timestamps");

static unsigned int error_bound_ns = 14000;
module_param(error_bound_ns, uint, 0644);
MODULE_PARM_DESC(error_bound_ns, "What phc_error_bound says after the next good reading");

static int second_ahead_ns = 1000000;
module_param(second_ahead_ns, int, 0644);
MODULE_PARM_DESC(second_ahead_ns, "The second device's clock is ahead of the first one's by this");

static unsigned long reads;
module_param(reads, ulong, 0444);
MODULE_PARM_DESC(reads, "Readings asked for so far");

static unsigned long refused;
module_param(refused, ulong, 0444);
MODULE_PARM_DESC(refused, "Readings that failed so far");

/* ---- the clock, the same for all devices ---- */

static DEFINE_SPINLOCK(clock_lock);
static s64 base_raw_ns;
static s64 base_phc_ns;
static s64 rate_ppb;
static bool stalled;
static s64 window_start_ns;
static unsigned int window_reads;

static s64 phc_at(s64 raw_ns)
{
	s64 elapsed = raw_ns - base_raw_ns;

	if (stalled)
		return base_phc_ns;
	/* In microseconds first: elapsed * ppb would overflow within hours. */
	return base_phc_ns + elapsed + div_s64(div_s64(elapsed, 1000) * rate_ppb, 1000000);
}

/* Makes now the instant from which rate and stall count, without moving the clock. */
static void rebase(void)
{
	s64 raw_ns = ktime_get_raw_ns();

	base_phc_ns = phc_at(raw_ns);
	base_raw_ns = raw_ns;
}

static void set_phc(s64 phc_ns)
{
	base_raw_ns = ktime_get_raw_ns();
	base_phc_ns = phc_ns;
}

static int step_set(const char *text, const struct kernel_param *param)
{
	s64 step_ns;
	int error = kstrtos64(text, 0, &step_ns);

	if (error)
		return error;
	spin_lock_irq(&clock_lock);
	rebase();
	base_phc_ns += step_ns;
	spin_unlock_irq(&clock_lock);
	return 0;
}

static int sync_set(const char *text, const struct kernel_param *param)
{
	s64 offset_ns;
	int error = kstrtos64(text, 0, &offset_ns);

	if (error)
		return error;
	spin_lock_irq(&clock_lock);
	set_phc(ktime_get_real_ns() + offset_ns);
	spin_unlock_irq(&clock_lock);
	return 0;
}

static int rate_set(const char *text, const struct kernel_param *param)
{
	s64 ppb;
	int error = kstrtos64(text, 0, &ppb);

	if (error)
		return error;
	spin_lock_irq(&clock_lock);
	rebase();
	rate_ppb = ppb;
	spin_unlock_irq(&clock_lock);
	return 0;
}

static int rate_get(char *buffer, const struct kernel_param *param)
{
	return sysfs_emit(buffer, "%lld\n", rate_ppb);
}

static int stall_set(const char *text, const struct kernel_param *param)
{
	bool stall;
	int error = kstrtobool(text, &stall);

	if (error)
		return error;
	spin_lock_irq(&clock_lock);
	rebase();
	stalled = stall;
	spin_unlock_irq(&clock_lock);
	return 0;
}

static int stall_get(char *buffer, const struct kernel_param *param)
{
	return sysfs_emit(buffer, "%d\n", stalled);
}

/* Where the PHC is against the system clock: the known truth that tests compare with. */
static int offset_get(char *buffer, const struct kernel_param *param)
{
	s64 offset_ns;

	spin_lock_irq(&clock_lock);
	offset_ns = ktime_get_real_ns() - phc_at(ktime_get_raw_ns());
	spin_unlock_irq(&clock_lock);
	return sysfs_emit(buffer, "%lld\n", offset_ns);
}

static const struct kernel_param_ops step_ops = { .set = step_set };
static const struct kernel_param_ops sync_ops = { .set = sync_set };
static const struct kernel_param_ops rate_ops = { .set = rate_set, .get = rate_get };
static const struct kernel_param_ops stall_ops = { .set = stall_set, .get = stall_get };
static const struct kernel_param_ops offset_ops = { .get = offset_get };

module_param_cb(step_ns, &step_ops, NULL, 0200);
MODULE_PARM_DESC(step_ns, "Write: the PHC jumps by this at once");
module_param_cb(sync, &sync_ops, NULL, 0200);
MODULE_PARM_DESC(sync, "Write: the PHC becomes CLOCK_REALTIME plus this");
module_param_cb(freq_ppb, &rate_ops, NULL, 0644);
MODULE_PARM_DESC(freq_ppb, "Rate error of the PHC, positive = fast; changing it moves nothing");
module_param_cb(stall, &stall_ops, NULL, 0644);
MODULE_PARM_DESC(stall, "1: the PHC stands still");
module_param_cb(system_minus_phc_ns, &offset_ops, NULL, 0444);
MODULE_PARM_DESC(system_minus_phc_ns, "CLOCK_REALTIME - PHC now, without noise");

/* ---- one device ---- */

struct lab_phc {
	struct ptp_clock_info info;
	struct ptp_clock *clock;
	struct net_device *net;
	struct devlink *devlink;
	u32 bound_ns;
	bool last_failed;
	bool is_second;
};

static int admit_reading(void)
{
	s64 raw_ns = ktime_get_raw_ns();

	reads++;
	if (raw_ns - window_start_ns >= READ_WINDOW_NS) {
		window_start_ns = raw_ns;
		window_reads = 0;
	}
	window_reads++;
	if (max_per_s && window_reads > max_per_s)
		return -EBUSY;
	return fail_errno ? -(int)fail_errno : 0;
}

static int lab_gettimex64(struct ptp_clock_info *info, struct timespec64 *time, struct ptp_system_timestamp *system)
{
	struct lab_phc *phc = container_of(info, struct lab_phc, info);
	unsigned long flags;
	s64 phc_ns;
	int error;

	spin_lock_irqsave(&clock_lock, flags);
	error = admit_reading();
	phc->last_failed = error != 0;
	if (error) {
		refused++;
		spin_unlock_irqrestore(&clock_lock, flags);
		return error;
	}
	ptp_read_system_prets(system);
	if (lat_us)
		udelay(lat_us / 2);
	phc_ns = phc_at(ktime_get_raw_ns());
	if (lat_us)
		udelay(lat_us - lat_us / 2);
	ptp_read_system_postts(system);
	phc->bound_ns = error_bound_ns;
	spin_unlock_irqrestore(&clock_lock, flags);
	if (phc->is_second)
		phc_ns += second_ahead_ns;
	if (noise_ns)
		phc_ns += (s64)get_random_u32_inclusive(0, 2 * noise_ns) - noise_ns;
	*time = ns_to_timespec64(phc_ns);
	return 0;
}

static int lab_gettime64(struct ptp_clock_info *info, struct timespec64 *time)
{
	return lab_gettimex64(info, time, NULL);
}

static int lab_settime64(struct ptp_clock_info *info, const struct timespec64 *time)
{
	if (ro)
		return -EOPNOTSUPP;
	spin_lock_irq(&clock_lock);
	set_phc(timespec64_to_ns(time));
	spin_unlock_irq(&clock_lock);
	return 0;
}

static int lab_adjtime(struct ptp_clock_info *info, s64 delta_ns)
{
	if (ro)
		return -EOPNOTSUPP;
	spin_lock_irq(&clock_lock);
	rebase();
	base_phc_ns += delta_ns;
	spin_unlock_irq(&clock_lock);
	return 0;
}

static int lab_adjfine(struct ptp_clock_info *info, long scaled_ppm)
{
	if (ro)
		return -EOPNOTSUPP;
	spin_lock_irq(&clock_lock);
	rebase();
	rate_ppb = scaled_ppm_to_ppb(scaled_ppm);
	spin_unlock_irq(&clock_lock);
	return 0;
}

static int lab_enable(struct ptp_clock_info *info, struct ptp_clock_request *request, int on)
{
	return -EOPNOTSUPP;
}

/* As ena_sysfs.c: the bound of the last good reading; EBUSY while the last reading failed. */
static ssize_t phc_error_bound_show(struct device *device, struct device_attribute *attribute, char *buffer)
{
	struct lab_phc *phc = dev_get_drvdata(device);

	if (phc->last_failed)
		return -EBUSY;
	return sysfs_emit(buffer, "%u\n", phc->bound_ns);
}
static DEVICE_ATTR_RO(phc_error_bound);

static void lab_describe_clock(struct lab_phc *phc, struct pci_dev *pdev)
{
	phc->info.owner = THIS_MODULE;
	phc->info.max_adj = ro ? 0 : 100000000;
	phc->info.settime64 = lab_settime64;
	phc->info.adjtime = lab_adjtime;
	phc->info.adjfine = lab_adjfine;
	phc->info.enable = lab_enable;
	if (extended)
		phc->info.gettimex64 = lab_gettimex64;
	else
		phc->info.gettime64 = lab_gettime64;
	if (name)
		strscpy(phc->info.name, name, sizeof(phc->info.name));
	else
		snprintf(phc->info.name, sizeof(phc->info.name), "ena-ptp-%02x", PCI_SLOT(pdev->devfn));
}

static int lab_add_clock(struct lab_phc *phc, struct pci_dev *pdev)
{
	int error;

	lab_describe_clock(phc, pdev);
	error = device_create_file(&pdev->dev, &dev_attr_phc_error_bound);
	if (error)
		return error;
	phc->clock = ptp_clock_register(&phc->info, &pdev->dev);
	if (!IS_ERR_OR_NULL(phc->clock))
		return 0;
	error = phc->clock ? PTR_ERR(phc->clock) : -EOPNOTSUPP;
	phc->clock = NULL;
	device_remove_file(&pdev->dev, &dev_attr_phc_error_bound);
	return error;
}

static void lab_remove_clock(struct lab_phc *phc, struct pci_dev *pdev)
{
	if (!phc->clock)
		return;
	ptp_clock_unregister(phc->clock);
	phc->clock = NULL;
	device_remove_file(&pdev->dev, &dev_attr_phc_error_bound);
}

#ifdef LAB_AS_ENA
#include "lab_ena.h"
#else
static int lab_add_interface(struct lab_phc *phc, struct pci_dev *pdev)
{
	return 0;
}

static void lab_remove_interface(struct lab_phc *phc)
{
}

static int lab_add_devlink(struct lab_phc *phc, struct pci_dev *pdev)
{
	return 0;
}

static void lab_remove_devlink(struct lab_phc *phc)
{
}
#endif

static int lab_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	bool is_second = !pci_is_root_bus(pdev->bus);
	struct lab_phc *phc;
	int error;

	if (is_second && !second)
		return -ENODEV;
	phc = devm_kzalloc(&pdev->dev, sizeof(*phc), GFP_KERNEL);
	if (!phc)
		return -ENOMEM;
	phc->is_second = is_second;
	if (phc_enable && phc_breaks_probe)
		return -EIO;
	pci_set_drvdata(pdev, phc);
	error = lab_add_interface(phc, pdev);
	if (error)
		return error;
	error = lab_add_devlink(phc, pdev);
	if (!error && phc_enable && !no_phc)
		error = lab_add_clock(phc, pdev);
	if (error) {
		lab_remove_devlink(phc);
		lab_remove_interface(phc);
	}
	return error;
}

static void lab_remove(struct pci_dev *pdev)
{
	struct lab_phc *phc = pci_get_drvdata(pdev);

	lab_remove_devlink(phc);
	lab_remove_clock(phc, pdev);
	lab_remove_interface(phc);
}

static const struct pci_device_id lab_ids[] = {
	{ PCI_DEVICE(PCI_VENDOR_ID_QEMU_EDU, PCI_DEVICE_ID_QEMU_EDU) },
	{}
};
#ifndef LAB_AS_ENA
MODULE_DEVICE_TABLE(pci, lab_ids);
#endif

static struct pci_driver lab_driver = {
	.name = LAB_DRIVER_NAME,
	.id_table = lab_ids,
	.probe = lab_probe,
	.remove = lab_remove,
};

static int __init lab_init(void)
{
	set_phc(ktime_get_real_ns());
	return pci_register_driver(&lab_driver);
}

static void __exit lab_exit(void)
{
	pci_unregister_driver(&lab_driver);
}

module_init(lab_init);
module_exit(lab_exit);
MODULE_DESCRIPTION("Software PTP hardware clock with faults on demand, for test guests");
MODULE_LICENSE("GPL");
