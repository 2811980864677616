// Programs of instances whose architecture is not this machine's run under QEMU's user mode, one program at a time.
import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { shellQuote } from './shell-quote.ts';

/** As EC2 calls them. */
export type Architecture = 'x86_64' | 'arm64';

/** How programs of a foreign architecture are run here. */
export interface Emulation {
  /** This machine's own; null: neither of the two. */
  readonly native: Architecture | null;
  /** Words before those of a program of the other architecture; null: it cannot be run, for this reason. */
  readonly foreign: { readonly words: readonly string[] } | { readonly reason: string };
}

interface Kind {
  /** Low byte of e_machine in the ELF header: EM_X86_64 (62), EM_AARCH64 (183). */
  readonly elfMachine: string;
  /** The emulator's name without `qemu-` and `-static`. */
  readonly qemu: string;
  /** Where Debian puts the C library of that architecture. */
  readonly libraries: string;
  readonly packages: string;
}

const KINDS: Readonly<Record<Architecture, Kind>> = {
  x86_64: {
    elfMachine: '3e',
    qemu: 'x86_64',
    libraries: '/usr/x86_64-linux-gnu',
    packages: 'qemu-user-static libc6-amd64-cross',
  },
  arm64: {
    elfMachine: 'b7',
    qemu: 'aarch64',
    libraries: '/usr/aarch64-linux-gnu',
    packages: 'qemu-user-static libc6-arm64-cross',
  },
};

const NATIVE: Readonly<Record<string, Architecture>> = { x64: 'x86_64', arm64: 'arm64' };

/** What this machine can run. `arch` as Node names it; `path` is where programs are looked for. */
export async function findEmulation(machine: {
  platform: string;
  arch: string;
  path: string;
  isThere?: (path: string) => Promise<boolean>;
}): Promise<Emulation> {
  const { isThere = isReadable } = machine;
  const native = NATIVE[machine.arch] ?? null;
  const other: Architecture = native === 'arm64' ? 'x86_64' : 'arm64';
  if (machine.platform !== 'linux') return { native, foreign: { words: [] } };
  const { qemu, libraries, packages } = KINDS[other];
  const emulator = await findFirst(emulatorPaths(machine.path, qemu), isThere);
  if (emulator === undefined || !(await isThere(join(libraries, 'lib')))) {
    const reason = `programs for ${other} cannot be run on this machine without QEMU's user mode and a C library (Debian: apt-get install ${packages})`;
    return { native, foreign: { reason } };
  }
  return { native, foreign: { words: ['sh', '-c', runnerScript(KINDS[other], emulator), 'sh'] } };
}

/** Words before those of every program of an instance; empty for this machine's own architecture. */
export function emulatorWords({ native, foreign }: Emulation, architecture: Architecture): readonly string[] {
  return architecture === native || !('words' in foreign) ? [] : foreign.words;
}

/** Why instances of an architecture cannot run here; undefined when they can. */
export function reasonAgainst({ native, foreign }: Emulation, architecture: Architecture): string | undefined {
  return architecture === native || 'words' in foreign ? undefined : foreign.reason;
}

/** The instance's shell and tools are this machine's own: only a program that is foreign goes to the emulator. */
function runnerScript({ elfMachine, libraries }: Kind, emulator: string): string {
  const machine = 'od -An -tx1 -j18 -N1 "$1" 2>/dev/null | tr -d " "';
  const emulated = `exec ${shellQuote(emulator)} -L ${shellQuote(libraries)} "$@"`;
  return `[ "$(${machine})" != ${elfMachine} ] || ${emulated}; exec "$@"`;
}

function emulatorPaths(path: string, qemu: string): string[] {
  const names = [`qemu-${qemu}-static`, `qemu-${qemu}`];
  return path.split(':').flatMap((folder) => names.map((name) => join(folder, name)));
}

async function findFirst(
  paths: readonly string[],
  isThere: (path: string) => Promise<boolean>,
): Promise<string | undefined> {
  for (const path of paths) if (await isThere(path)) return path;
  return undefined;
}

function isReadable(path: string): Promise<boolean> {
  return access(path, constants.R_OK).then(
    () => true,
    () => false,
  );
}
