/** The Debian packages that the lab is made of. */

/** QEMU, and what compiles and packs the guest's own parts. */
export const TOOL_PACKAGES = [
  'qemu-system-x86',
  'qemu-utils',
  'linux-headers-amd64',
  'gcc',
  'make',
  'libc6-dev',
  'e2fsprogs',
  'cpio',
];

/** The guest. No Node.js: the agent brings its own. */
export const GUEST_PACKAGES = [
  'systemd-sysv',
  'udev',
  'dbus',
  'kmod',
  'iproute2',
  'chrony',
  'linuxptp',
  'ethtool',
  'curl',
  'ca-certificates',
  'cloud-init',
  'dhcpcd-base',
  'e2fsprogs',
  'procps',
  'initramfs-tools',
];

/** Time daemons that Debian installs instead of chrony only, and libraries of theirs: unpacked, and some files of them put beside chrony. */
export const OTHER_DAEMON_PACKAGES = ['ntpsec', 'systemd-timesyncd', 'libbsd0', 'libmd0'];

/** Lie in the guest as a repository of their own, for a setup that has to install them. */
export const REPOSITORY_PACKAGES = ['chrony'];

export const KERNEL_METAPACKAGE = 'linux-image-amd64';
