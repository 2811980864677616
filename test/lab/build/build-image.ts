/** From bootstrapped folders to what QEMU boots: clock module, kernel, initrd, disk. */
import { cp, mkdir, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type LabBase, toolWords } from './build-base.ts';
import { extractVmlinux } from './extract-vmlinux.ts';
import type { CacheFolder } from './lab-cache.ts';
import { LabError } from './lab-error.ts';
import { runTool, type ToolOptions } from './run-tool.ts';

const GUEST = join(import.meta.dirname, '../guest');
const DISK_MIB = 1200;
/** In the initrd: what reaches the disk. */
const DISK_MODULES = ['virtio_blk', 'ext4'];
/** On the disk, with what they depend on; udev loads them. */
const GUEST_MODULES = [...DISK_MODULES, 'virtio_net', 'virtio-rng', 'ptp_kvm'];

/** Built from `guest/`; all on the disk, and udev loads only the first. */
const OWN_MODULES = ['ptp_lab', 'ena', 'ena_mainline', 'vmclock_lab'];

/** File in `guest/files` -> where it lies in the guest, and its mode. */
const FILES: Readonly<Record<string, readonly [path: string, mode: number]>> = {
  'lab.network': ['etc/systemd/network/10-lab.network', 0o644],
  'cloud-init.cfg': ['etc/cloud/cloud.cfg.d/90_lab.cfg', 0o644],
  'journald.conf': ['etc/systemd/journald.conf.d/lab.conf', 0o644],
  'lab-shell': ['opt/lab/lab-shell', 0o755],
  'lab-resume': ['opt/lab/lab-resume', 0o755],
  'lab-user-data.sh': ['opt/lab/lab-user-data.sh', 0o755],
  'lab-shell@.service': ['etc/systemd/system/lab-shell@.service', 0o644],
  'lab-user-data.service': ['etc/systemd/system/lab-user-data.service', 0o644],
  'lab-ntp.service': ['etc/systemd/system/lab-ntp.service', 0o644],
  'lab-ntp.conf': ['etc/lab-ntp.conf', 0o644],
  'link-local.sources': ['etc/chrony/sources.d/link-local.sources', 0o644],
};

/** Of other time daemons; nothing of theirs starts by itself. */
const DAEMON_FILES = [
  'usr/sbin/ntpd',
  'usr/lib/systemd/systemd-timesyncd',
  'usr/lib/sysusers.d/systemd-timesync.conf',
  'usr/lib/x86_64-linux-gnu/libbsd.so.0',
  'usr/lib/x86_64-linux-gnu/libmd.so.0',
];

/** Unit -> what it is an instance of. */
const ENABLED: Readonly<Record<string, string>> = {
  'lab-shell@endpoint.service': '../lab-shell@.service',
  'lab-shell@shell.service': '../lab-shell@.service',
  'lab-ntp.service': '../lab-ntp.service',
  'systemd-networkd.service': '/usr/lib/systemd/system/systemd-networkd.service',
};

/** Nothing of a lab guest needs them, and each costs emulated time. */
const MASKED = [
  'apt-daily.timer',
  'apt-daily-upgrade.timer',
  'dpkg-db-backup.timer',
  'e2scrub_all.timer',
  'e2scrub_reap.service',
  'fstrim.timer',
  'getty@tty1.service',
  'ldconfig.service',
  'modprobe@drm.service',
  'systemd-journal-catalog-update.service',
  'systemd-networkd-wait-online.service',
  'systemd-timesyncd.service',
];

export interface ImageParts {
  readonly image: CacheFolder;
  readonly tool: ToolOptions;
  readonly base: LabBase;
  /** Root folder of the guest, a copy of the base's. */
  readonly root: string;
}

/** Compiles the clock module and the initrd's init inside the tools folder: the host's compiler and C library may be older. */
export async function compileGuestParts({ base: { tools }, tool }: ImageParts): Promise<void> {
  const work = join(tools, 'lab');
  await rm(work, { recursive: true, force: true });
  await mkdir(work);
  for (const name of await readdir(GUEST)) if (name !== 'files') await cp(join(GUEST, name), join(work, name));
  const version = await onlyEntry(join(tools, 'usr/lib/modules'));
  await runTool(['chroot', tools, 'make', '-C', `/lib/modules/${version}/build`, 'M=/lab', 'modules'], tool);
  const compile = [
    'gcc',
    '-std=gnu17',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-Os',
    '-static',
    '-o',
    '/lab/init',
    '/lab/init.c',
  ];
  await runTool(['chroot', tools, ...compile], tool);
  const modules = OWN_MODULES.map((name) => `/lab/${name}.ko`);
  await runTool(['chroot', tools, 'strip', '-g', ...modules, '/lab/init'], tool);
}

export async function copyGuest({ base, root, tool }: ImageParts): Promise<void> {
  await runTool(['cp', '--archive', '--reflink=auto', '--one-file-system', base.guest, root], tool);
}

/** Kernel, modules and files into the guest's root folder. */
export async function fillRoot(parts: ImageParts): Promise<void> {
  const { root, base, image, tool } = parts;
  const version = await onlyEntry(join(base.kernel, 'usr/lib/modules'));
  await extractVmlinux(join(base.kernel, 'boot', `vmlinuz-${version}`), image.at('vmlinux'), tool);
  await installModules(parts, version);
  for (const [name, [path, mode]] of Object.entries(FILES)) {
    await writeFile(await parentMade(join(root, path)), await readFile(join(GUEST, 'files', name)), { mode });
  }
  for (const path of DAEMON_FILES) {
    await runTool(
      ['cp', '--dereference', '--preserve=mode', join(base.daemons, path), await parentMade(join(root, path))],
      tool,
    );
  }
  await cp(base.repository, await parentMade(join(root, 'opt/lab/repository')), { recursive: true });
  await runTool(['chroot', root, 'systemd-sysusers'], tool);
  const wants = join(root, 'etc/systemd/system/multi-user.target.wants');
  await mkdir(wants, { recursive: true });
  for (const [unit, target] of Object.entries(ENABLED)) await link(target, join(wants, unit));
  for (const unit of MASKED) await link('/dev/null', join(root, 'etc/systemd/system', unit));
  await writeFile(join(root, 'etc/hostname'), 'lab\n');
  await writeFile(join(root, 'etc/fstab'), '/dev/vda / ext4 noatime 0 0\n');
  await writeFile(join(root, 'etc/machine-id'), '');
  // The mirror of the machine that built it is nobody's business in the image.
  await rm(join(root, 'etc/apt/sources.list'), { force: true });
  await rm(join(root, 'etc/apt/sources.list.d'), { recursive: true, force: true });
}

async function installModules({ root, base, tool }: ImageParts, version: string): Promise<void> {
  const folder = join(root, 'usr/lib/modules', version);
  await rm(folder, { recursive: true, force: true });
  await cp(join(base.kernel, 'usr/lib/modules', version), await parentMade(folder), { recursive: true });
  await runTool(['chroot', root, 'depmod', version], tool);
  const kept = new Set(await moduleFiles({ root, tool, version }, GUEST_MODULES));
  const all = (await readdir(folder, { recursive: true })).filter((path) => path.includes('.ko'));
  for (const path of all) if (!kept.has(`/lib/modules/${version}/${path}`)) await rm(join(folder, path));
  // Emulated CPUs are slow at unpacking.
  for (const path of kept) if (path.endsWith('.xz')) await runTool(['xz', '--decompress', join(root, path)], tool);
  const own = OWN_MODULES.map((name) => `${name}.ko`);
  for (const file of own) await cp(join(base.tools, 'lab', file), await parentMade(join(folder, 'extra', file)));
  await runTool(['chroot', root, 'depmod', version], tool);
}

/** The files of these modules and of what they need, in the order of loading. */
async function moduleFiles(
  { root, tool, version }: { root: string; tool: ToolOptions; version: string },
  names: readonly string[],
): Promise<string[]> {
  const files: string[] = [];
  for (const name of names) {
    const words = ['chroot', root, 'modprobe', '-S', version, '--ignore-install', '--show-depends', name];
    const text = await runTool(words, tool);
    files.push(...[...text.matchAll(/^insmod (\S+)/gm)].map((match) => match[1] ?? ''));
  }
  return [...new Set(files)];
}

/** An uncompressed initrd with one static program and the modules that reach the disk. */
export async function buildInitrd({ root, base: { tools }, tool, image }: ImageParts): Promise<void> {
  const version = await onlyEntry(join(root, 'usr/lib/modules'));
  const files = await moduleFiles({ root, tool, version }, DISK_MODULES);
  const work = join(tools, 'initrd');
  await rm(work, { recursive: true, force: true });
  await mkdir(join(work, 'modules.d'), { recursive: true });
  for (const file of files) await cp(join(root, file), join(work, 'modules.d', basename(file)));
  await writeFile(join(work, 'modules'), files.map((file) => `/modules.d/${basename(file)}\n`).join(''));
  await cp(join(tools, 'lab/init'), join(work, 'init'));
  const pack = 'cd /initrd && find . | LC_ALL=C sort | cpio --quiet --create --format=newc >/initrd.img';
  await runTool(['chroot', tools, 'sh', '-c', pack], tool);
  await cp(join(tools, 'initrd.img'), image.at('initrd.img'));
}

/** The guest's root folder as a disk with a journal: guests lose their power in tests. */
export async function buildDisk({ root, base, image, tool }: ImageParts): Promise<void> {
  const disk = image.at('disk.raw');
  await writeFile(disk, '');
  await truncate(disk, DISK_MIB * 1024 * 1024);
  await runTool(
    [...toolWords(base.tools, 'mkfs.ext4'), '-q', '-F', '-m', '0', '-J', 'size=16', '-d', root, disk],
    tool,
  );
}

async function onlyEntry(folder: string): Promise<string> {
  const [name, ...others] = await readdir(folder);
  if (name === undefined || others.length > 0) throw new LabError('build_failed', `${folder} must hold one entry`);
  return name;
}

async function parentMade(path: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  return path;
}

async function link(target: string, path: string): Promise<void> {
  await rm(path, { force: true });
  await symlink(target, path);
}
