/** Boots the image once and keeps it as it stands when everything is up: guests restored from it answer in seconds. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COMMAND_PORTS, GuestCommands, QMP_SOCKET, qemuWords, readVmImage, runQmp } from '@ptp-tester/local-ec2';
import { LabError } from './lab-error.ts';
import { runTool } from './run-tool.ts';

/** A machine that others use, too: much longer than a boot takes. */
const BOOT_MS = 600_000;
const TAG = 'ready';
const DISCARD_PORT = 9;

export interface SnapshotOptions {
  readonly manifest: string;
  /** Where `disk.qcow2` goes. */
  readonly folder: string;
  readonly log: string;
}

export async function makeSnapshot({ manifest, folder, log }: SnapshotOptions): Promise<void> {
  const image = readVmImage(manifest);
  const disk = join(folder, 'disk.qcow2');
  const create = ['create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', image.disk, disk];
  await runTool([...image.qemuImg, ...create], { log, environment: {} });
  // Socket paths have a limit of 107 bytes, which a cache folder may exceed.
  const sockets = await mkdtemp(join(tmpdir(), 'ptp-lab-'));
  const words = qemuWords({
    image,
    folder: sockets,
    disk,
    instanceId: 'i-00000000000000000',
    instanceType: 'lab.snapshot',
    mac: '02:00:00:00:00:01',
    metadataPort: DISCARD_PORT,
    forwards: [],
    relay: ['/bin/false'],
    cloudInit: false,
    loadTag: null,
  });
  const [program = '', ...args] = [...image.qemu, ...words];
  const qemu = spawn(program, args, { env: { ...image.qemuEnvironment }, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(qemu, 'exit');
  const gone = new AbortController();
  for (const stream of [qemu.stdout, qemu.stderr]) stream.pipe(createWriteStream(log, { flags: 'a' }));
  try {
    await Promise.race([
      save(sockets, gone.signal),
      ended.then(([code]) => {
        gone.abort();
        throw new LabError('build_failed', `QEMU ended with ${code} before the snapshot was made; see ${log}`);
      }),
    ]);
  } finally {
    qemu.kill('SIGTERM');
    await ended;
    await rm(sockets, { recursive: true, force: true });
  }
}

async function save(sockets: string, gone: AbortSignal): Promise<void> {
  const guest = new GuestCommands(join(sockets, `${COMMAND_PORTS.endpoint}.sock`));
  const { output } = await guest.run(
    'systemctl is-system-running --wait; sync',
    AbortSignal.any([gone, AbortSignal.timeout(BOOT_MS)]),
  );
  guest.close();
  if (output.trim() !== 'running') throw new LabError('build_failed', `the guest's systemd says: ${output}`);
  const answer = await runQmp(join(sockets, QMP_SOCKET), 'human-monitor-command', { 'command-line': `savevm ${TAG}` });
  if (answer !== '') throw new LabError('build_failed', `the snapshot could not be saved: ${String(answer)}`);
}
