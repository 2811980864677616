// The commands that an instance finds first in its PATH, so that power, services, kernel and packages of this machine
// are out of its reach even when everything runs as root.
import { access, constants, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { curlShim } from './curl-shim.ts';
import { shellQuote } from './shell-quote.ts';

/** Answered by the endpoint: power and services of the instance. */
export const ANSWERED_COMMANDS = [
  'systemctl',
  'journalctl',
  'shutdown',
  'poweroff',
  'halt',
  'reboot',
  'init',
  'telinit',
];

/** Refused: they would change this machine. */
const REFUSED = [
  'apt',
  'apt-get',
  'crontab',
  'devlink',
  'dnf',
  'dpkg',
  'dracut',
  'groupadd',
  'grubby',
  'hostnamectl',
  'hwclock',
  'insmod',
  'modprobe',
  'mount',
  'rmmod',
  'rpm',
  'swapoff',
  'swapon',
  'sysctl',
  'systemd-run',
  'timedatectl',
  'udevadm',
  'umount',
  'useradd',
  'usermod',
  'yum',
];

/** User data runs as root on EC2, where sudo changes nothing; here it would leave the prefix's PATH. */
const SUDO = `#!/bin/sh
while [ $# -gt 0 ]; do
  case $1 in
    --) shift; break ;;
    -u|-g|--user|--group) shift 2 ;;
    -*) shift ;;
    *) break ;;
  esac
done
exec env "$@"
`;

/** What to write where. */
export interface ShimOptions {
  readonly folder: string;
  /** MetadataServer.shimUrl. */
  readonly url: string;
  /** Node to run the shim program with, where there is no curl. */
  readonly nodePath: string;
  /** The PATH behind the shims: to find the real `date`, and whether there is a curl. */
  readonly hostPath: string;
}

/** Writes the shims into `<folder>/shims`. */
export async function writeShims(options: ShimOptions): Promise<void> {
  const shims = join(options.folder, 'shims');
  await mkdir(shims, { recursive: true, mode: 0o755 });
  const scripts = new Map<string, string>();
  const curl = await findInPath('curl', options.hostPath);
  for (const name of ANSWERED_COMMANDS) {
    scripts.set(name, curl === null ? answeredScript(name, options) : curlShim({ name, url: options.url, curl }));
  }
  for (const name of REFUSED) scripts.set(name, refusedScript(name));
  scripts.set('sudo', SUDO);
  scripts.set('date', dateScript(options.hostPath));
  if (curl === null) scripts.set('curl', curlScript(options));
  for (const [name, text] of scripts) await writeFile(join(shims, name), text, { mode: 0o755 });
}

function answeredScript(name: string, options: ShimOptions): string {
  const program = fileURLToPath(new URL('./shim.ts', import.meta.url));
  return nodeScript(options.nodePath, [program, options.url, name]);
}

function curlScript(options: ShimOptions): string {
  return nodeScript(options.nodePath, [fileURLToPath(new URL('./curl-stand-in.ts', import.meta.url))]);
}

function nodeScript(nodePath: string, args: readonly string[]): string {
  const words = [nodePath, '--disable-warning=ExperimentalWarning', ...args].map(shellQuote);
  return `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`;
}

function refusedScript(name: string): string {
  const text = `local-ec2: ${name} would change this machine; it is refused in instances that run as plain processes`;
  return `#!/bin/sh\necho ${shellQuote(text)} >&2\nexit 1\n`;
}

/** Reading the time is fine; setting it would set this machine's clock. */
function dateScript(hostPath: string): string {
  return `#!/bin/sh
for word in "$@"; do
  case $word in
    -s*|--set*|[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]*)
      echo 'local-ec2: setting the clock would change this machine; it is refused' >&2
      exit 1 ;;
  esac
done
PATH=${shellQuote(hostPath)} exec date "$@"
`;
}

async function findInPath(name: string, path: string): Promise<string | null> {
  for (const folder of path.split(delimiter).filter(isAbsolute)) {
    const program = join(folder, name);
    const isThere = await access(program, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return program;
  }
  return null;
}
