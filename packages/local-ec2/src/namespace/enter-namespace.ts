// Starts a process inside an instance: in its control group and namespaces, without the rights that reach this machine.
import { readFileSync } from 'node:fs';
import { signalProcess } from '../host/end-processes.ts';
import { type RunningProcess, spawnProcess } from '../host/spawn-process.ts';
import type { ProcessIdentity } from '../host/unit-file.ts';
import type { HostTools } from './host-tools.ts';

/**
 * What processes of an instance may do at most: what programs usually need, nothing that reaches this machine (its clock,
 * modules, devices, mounts) and nothing that opens the instance's own network.
 */
export const BOUNDING_SET =
  '-all,+chown,+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid,+setpcap,+net_bind_service,+net_raw,+sys_chroot,+sys_nice,+ipc_lock,+audit_write,+setfcap';

/** Joins the control groups whose files come before `--`, then becomes the rest. */
export const JOIN_AND_EXEC = 'while [ "$1" != -- ]; do echo $$ >"$1" || exit 126; shift; done; shift; exec "$@"';

/** Where and what to start. */
export interface EnterOptions {
  readonly tools: HostTools;
  readonly initPid: number;
  readonly cgroupFiles: readonly string[];
  readonly hasTimeNamespace: boolean;
  /** Root with the whole bounding set when undefined. */
  readonly identity: ProcessIdentity | undefined;
  /** As the instance sees it. */
  readonly folder: string;
  readonly words: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly onOutput: (chunk: Uint8Array) => void;
}

/** Starts a process in an instance; its end and its signals are those of the process itself. */
export function enterNamespace(options: EnterOptions): RunningProcess {
  const { tools, initPid, cgroupFiles, hasTimeNamespace, identity, folder, words, environment, onOutput } = options;
  const enter = [
    tools.nsenter,
    '--target',
    String(initPid),
    '--mount',
    '--uts',
    '--ipc',
    '--net',
    '--pid',
    ...(hasTimeNamespace ? ['--time'] : []),
    '--',
  ];
  const limit = [tools.setpriv, ...limitWords(identity), tools.env, `--chdir=${folder}`, ...words];
  const outer = spawnProcess({
    words: [tools.sh, '-c', JOIN_AND_EXEC, 'sh', ...cgroupFiles, '--', ...enter, ...limit],
    folder: '/',
    environment,
    onOutput,
  });
  return {
    get pid() {
      return outer.pid;
    },
    ended: outer.ended,
    // nsenter waits for the process and ends as it does, but passes no signal on.
    kill: (signal) => {
      const inner = outer.pid === undefined ? [] : childrenOf(outer.pid);
      if (inner.length === 0) outer.kill(signal);
      for (const pid of inner) signalProcess(pid, signal);
    },
  };
}

/** Arguments of setpriv(1) for an identity. */
function limitWords(identity: ProcessIdentity | undefined): string[] {
  if (identity === undefined) return ['--bounding-set', BOUNDING_SET];
  const { user, group, noNewPrivileges, hasNoCapabilities } = identity;
  return [
    ...['--bounding-set', hasNoCapabilities ? '-all' : BOUNDING_SET],
    ...(noNewPrivileges ? ['--no-new-privs'] : []),
    ...(user === undefined ? [] : [`--reuid=${user}`, `--regid=${group ?? user}`, '--init-groups']),
  ];
}

/** Children of a process (proc(5), /proc/PID/task/TID/children). */
function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return text.split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}
