/** Finds the agents of local-ec2's instances among this machine's processes, by the run marker and their command line. */
import { readFile } from 'node:fs/promises';
import { findMarkedProcesses, markOf } from '@ptp-tester/local-ec2';

/** Itself, or under QEMU; not the nsenter that waits for one in a namespace. */
const AGENT_COMMAND = /^(?:\S*qemu[^\0]*\0-L\0[^\0]*\0)?[^\0]*\/opt\/ptp-tester\/agent\0run\0--config\0/;

/** Living processes of an endpoint's instances; `marker` as local-ec2 announces it, or with an instance id behind. */
export async function processesOf(marker: string): Promise<readonly number[]> {
  return (await findMarkedProcesses(markOf(marker))).map(({ pid }) => pid);
}

/** The pid of an instance's agent; null while none runs. */
export async function agentPid(marker: string, instanceId: string): Promise<number | null> {
  for (const pid of await processesOf(`${marker}${instanceId}`)) {
    if (AGENT_COMMAND.test(await commandLine(pid))) return pid;
  }
  return null;
}

/** Empty when the process has ended meanwhile. */
function commandLine(pid: number): Promise<string> {
  return readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '');
}
