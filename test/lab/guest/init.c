/* /init of the lab's initrd: loads the modules that the root disk needs, mounts it, and hands over to its init. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ROOT_DEVICE "/dev/vda"
#define ATTEMPTS 500
#define ATTEMPT_US 20000

static void load_module(const char *path)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);

	if (file < 0 || syscall(SYS_finit_module, file, "", 0) != 0)
		printf("lab-init: %s: %s\n", path, strerror(errno));
	if (file >= 0)
		close(file);
}

static void load_modules(void)
{
	FILE *list = fopen("/modules", "r");
	char path[256];

	while (list != NULL && fgets(path, sizeof path, list) != NULL) {
		path[strcspn(path, "\n")] = '\0';
		load_module(path);
	}
	if (list != NULL)
		fclose(list);
}

/* The disk appears a moment after its driver. */
static int mount_root(void)
{
	for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
		if (mount(ROOT_DEVICE, "/root", "ext4", MS_NOATIME, NULL) == 0)
			return 0;
		usleep(ATTEMPT_US);
	}
	return -1;
}

int main(void)
{
	static char *const arguments[] = {"/sbin/init", NULL};

	mkdir("/dev", 0755);
	mkdir("/root", 0755);
	if (mount("dev", "/dev", "devtmpfs", 0, NULL) != 0)
		perror("lab-init: /dev");
	load_modules();
	if (mount_root() != 0) {
		perror("lab-init: " ROOT_DEVICE);
		return 1;
	}
	if (mount("/dev", "/root/dev", NULL, MS_MOVE, NULL) != 0 || chdir("/root") != 0 ||
	    mount(".", "/", NULL, MS_MOVE, NULL) != 0 || chroot(".") != 0 || chdir("/") != 0) {
		perror("lab-init: switching to the root disk");
		return 1;
	}
	execv(arguments[0], arguments);
	perror("lab-init: /sbin/init");
	return 1;
}
