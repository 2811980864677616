/** Builds the lab, or finds it built. Needs root and some minutes once; running guests needs neither. */
import { spawnSync } from 'node:child_process';
import { mkdir, rename, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BASE_INPUTS, buildBase, type LabBase, labBase, toolWords } from './build-base.ts';
import { buildDisk, buildInitrd, compileGuestParts, copyGuest, fillRoot, type ImageParts } from './build-image.ts';
import { withBuildLock } from './build-lock.ts';
import { findProgram } from './find-program.ts';
import { CacheFolder, cacheRoot, nameByInputs, removeOldFolders } from './lab-cache.ts';
import { LabError } from './lab-error.ts';
import { makeSnapshot } from './make-snapshot.ts';

const NEEDED = ['apt-get', 'apt-cache', 'dpkg-deb', 'perl', 'unshare', 'chroot', 'find', 'cp', 'xz'];
const MANIFEST = 'lab.json';
/** The base is 1.0 GiB and an image 0.45 GiB; while it is built there are the packages and a second copy of the guest. */
const NEEDED_MIB = 3072;
/** So that two checkouts can work side by side. */
const KEPT_IMAGES = 2;

export interface BuildOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly say: (line: string) => void;
}

/** The path of `lab.json`, which local-ec2 boots from. Throws `LabError`: `unavailable` where it cannot be built on this machine. */
export async function buildLab({ environment, say }: BuildOptions): Promise<string> {
  const root = cacheRoot(environment);
  const baseFolder = new CacheFolder(root, nameByInputs('base', BASE_INPUTS));
  const image = new CacheFolder(root, nameByInputs('image', ['build', 'guest']));
  await mkdir(root, { recursive: true });
  await withBuildLock(root, async () => {
    if (image.isFinished && baseFolder.isFinished) await Promise.all([image.touch(), baseFolder.touch()]);
    else await build({ root, baseFolder, image }, { environment, say });
  });
  return image.at(MANIFEST);
}

async function build(
  { root, baseFolder, image }: { root: string; baseFolder: CacheFolder; image: CacheFolder },
  { environment, say }: BuildOptions,
): Promise<void> {
  const path = environment['PATH'] ?? '';
  checkMachine(path);
  await checkSpace(root);
  await removeOldFolders(root, 'base', baseFolder.isFinished ? 1 : 0);
  await removeOldFolders(root, 'image', KEPT_IMAGES - 1);
  const startedAt = performance.now();
  const step = (what: string) => say(`lab: ${what} (${((performance.now() - startedAt) / 1000).toFixed(0)} s)`);
  const tool = { log: join(root, 'build.log'), environment: { PATH: path, LC_ALL: 'C.UTF-8', TMPDIR: root } };
  await writeFile(tool.log, '');
  step(`building in ${root}, log in build.log`);
  if (!baseFolder.isFinished) {
    step('Debian packages');
    await buildBase(baseFolder, tool);
  }
  await image.begin();
  await buildImage({ image, tool, base: labBase(baseFolder), root: image.at('root') }, step);
  await image.finish();
  step('built');
}

async function buildImage(parts: ImageParts, step: (what: string) => void): Promise<void> {
  const { image, base } = parts;
  step('clock module');
  await compileGuestParts(parts);
  step('guest');
  await copyGuest(parts);
  await fillRoot(parts);
  await buildInitrd(parts);
  await buildDisk(parts);
  await image.remove('root');
  await writeManifest(image, base, null);
  step('snapshot');
  await makeSnapshot({ manifest: image.at(MANIFEST), folder: await image.make('snapshot'), log: parts.tool.log });
  await writeManifest(image, base, { disk: image.at('snapshot', 'disk.qcow2'), tag: 'ready' });
}

/** As `packages/local-ec2/src/host/vm/vm-image.ts` reads it. */
async function writeManifest(
  image: CacheFolder,
  { tools }: LabBase,
  snapshot: { disk: string; tag: string } | null,
): Promise<void> {
  const firmware = ['qemu', 'seabios'].flatMap((name) => ['-L', join(tools, 'usr/share', name)]);
  const manifest = {
    qemu: [...toolWords(tools, 'qemu-system-x86_64'), ...firmware],
    qemu_environment: { QEMU_MODULE_DIR: join(tools, 'usr/lib/x86_64-linux-gnu/qemu') },
    qemu_img: toolWords(tools, 'qemu-img'),
    kernel: image.at('vmlinux'),
    initrd: image.at('initrd.img'),
    disk: image.at('disk.raw'),
    append: 'console=ttyS0 quiet mitigations=off net.ifnames=0 systemd.show_status=0',
    memory_mib: 448,
    cpus: 2,
    // Slot 5, so that the clock's name is that of the examples: ena-ptp-05. On another bus the same slot gives the same name.
    devices: ['edu,addr=0x5', 'pcie-pci-bridge,id=bridge', 'edu,bus=bridge,addr=0x5'],
    resume: '/opt/lab/lab-resume',
    user_data: 'systemctl start --no-block lab-user-data',
    snapshot,
  };
  await writeFile(image.at(`${MANIFEST}.new`), `${JSON.stringify(manifest, null, 2)}\n`);
  await rename(image.at(`${MANIFEST}.new`), image.at(MANIFEST));
}

function checkMachine(path: string): void {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new LabError('unavailable', `the lab is built on x86-64 Linux, not on ${process.platform} ${process.arch}`);
  }
  if (process.getuid?.() !== 0)
    throw new LabError('unavailable', 'building the lab needs root (it installs packages in folders)');
  const missing = NEEDED.filter((name) => findProgram(name, path) === null);
  if (missing.length > 0) throw new LabError('unavailable', `building the lab needs ${missing.join(', ')} (Debian)`);
  // A container without CAP_SYS_ADMIN has root's name only.
  if (spawnSync(findProgram('unshare', path) ?? '', ['--mount', 'true'], { env: { PATH: path } }).status !== 0) {
    throw new LabError(
      'unavailable',
      'building the lab needs a mount namespace of its own, which this machine refuses',
    );
  }
}

async function checkSpace(root: string): Promise<void> {
  const { bavail, bsize } = await statfs(root);
  const freeMib = Math.floor((bavail * bsize) / (1024 * 1024));
  if (freeMib < NEEDED_MIB) {
    throw new LabError('unavailable', `building the lab needs ${NEEDED_MIB} MiB in ${root}, ${freeMib} MiB are free`);
  }
}
