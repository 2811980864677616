// SPDX-License-Identifier: GPL-2.0
/*
 * vmclock_lab: a stand-in for the kernel's ptp_vmclock, which the guest's kernel does not have yet (6.13): /dev/vmclock0 as programs
 * read it, a page in the layout of include/uapi/linux/vmclock-abi.h. No hypervisor is behind it; what one would tell is written to
 * /sys/module/vmclock_lab/parameters.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>

#define PAGE_MAGIC 0x4b4c4356
#define STATUS_SYNCHRONIZED 2

struct vmclock_page {
	__le32 magic;
	__le32 size;
	__le16 version;
	u8 counter_id;
	u8 time_type;
	/* Odd while the hypervisor writes. */
	__le32 seq_count;
	__le64 disruption_marker;
	__le64 flags;
	u8 pad[2];
	u8 clock_status;
	u8 leap_second_smearing_hint;
	__le16 tai_offset_sec;
	u8 leap_indicator;
	u8 counter_period_shift;
	__le64 counter[7];
};

static struct vmclock_page page = {
	.magic = cpu_to_le32(PAGE_MAGIC),
	.size = cpu_to_le32(sizeof(struct vmclock_page)),
	.version = cpu_to_le16(1),
	.clock_status = STATUS_SYNCHRONIZED,
};
static DEFINE_MUTEX(page_lock);

static unsigned long reads;
module_param(reads, ulong, 0444);
MODULE_PARM_DESC(reads, "How often the page was read so far");

static int marker_set(const char *text, const struct kernel_param *param)
{
	u64 marker;
	int error = kstrtou64(text, 0, &marker);

	if (error)
		return error;
	mutex_lock(&page_lock);
	page.disruption_marker = cpu_to_le64(marker);
	le32_add_cpu(&page.seq_count, 2);
	mutex_unlock(&page_lock);
	return 0;
}

static const struct kernel_param_ops marker_ops = { .set = marker_set };

module_param_cb(disruption_marker, &marker_ops, NULL, 0200);
MODULE_PARM_DESC(disruption_marker, "Write: the marker of a VM that was moved or restored");

static ssize_t page_read(struct file *file, char __user *buffer, size_t count, loff_t *position)
{
	ssize_t length;

	mutex_lock(&page_lock);
	reads++;
	length = simple_read_from_buffer(buffer, count, position, &page, sizeof(page));
	mutex_unlock(&page_lock);
	return length;
}

static const struct file_operations page_operations = {
	.owner = THIS_MODULE,
	.read = page_read,
	.llseek = default_llseek,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "vmclock0",
	.fops = &page_operations,
};
module_misc_device(device);

MODULE_DESCRIPTION("VMClock page without a hypervisor, for test guests");
MODULE_LICENSE("GPL");
