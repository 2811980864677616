/** `agent status`: what the status file says, for people on the machine (pure). */
import type { StatusFile } from './status-file.ts';

/** The agent writes each minute; after three it has stopped or hangs. */
const STALE_AFTER_S = 180;

export interface ReadNow {
  readonly bootId: string;
  /** CLOCK_MONOTONIC_RAW, seconds. */
  readonly rawS: number;
}

export interface ShownStatus {
  readonly text: string;
  /** The file is of this boot and not older than three minutes, or says that everything is done. */
  readonly isCurrent: boolean;
}

export function showStatus(file: StatusFile, now: ReadNow): ShownStatus {
  const ageS = now.rawS - file.written_at_s;
  const isCurrent = file.boot_id === now.bootId && ageS < STALE_AFTER_S;
  const isFinished = file.status.phase === 'finished';
  const { status } = file;
  const lines = [
    `ptp-tester agent ${file.agent_version}, run ${file.run}, instance ${file.instance_id}`,
    row('agent', isCurrent || isFinished ? livingText(file, now) : staleText(file, now)),
    row('PHC', `${words(status.capability.value)}: ${status.capability.reason}`),
    row('chrony', `${words(status.setup.value)}: ${status.setup.reason}`),
    row('offset', offsetText(file)),
    row('plan', status.generation === 0 ? 'none yet' : `generation ${status.generation}`),
    row('controller', connectionText(file)),
    row('spool', `${status.spool_records} records (${kilobytes(file.spool_bytes)}) not delivered`),
    row('missed', `${file.missed_ticks} samples that were due and not taken`),
    row('ends', leaseText(file)),
  ];
  return { text: `${lines.join('\n')}\n`, isCurrent: isCurrent || isFinished };
}

function row(name: string, text: string): string {
  return `  ${name.padEnd(12)}${text}`;
}

function words(value: string): string {
  return value.replaceAll('_', ' ');
}

function livingText({ status, pid, started_at_s: startedAtS }: StatusFile, now: ReadNow): string {
  if (status.phase === 'finished') return 'finished: the plan is done, and everything is delivered';
  return `${status.phase}, pid ${pid}, for ${duration(now.rawS - startedAtS)}`;
}

function staleText(file: StatusFile, now: ReadNow): string {
  const since =
    file.boot_id === now.bootId ? `for ${duration(now.rawS - file.written_at_s)}` : 'since the machine started';
  return `NOT RUNNING, or it hangs: it has not written its status ${since}. Look at: journalctl -u ptp-tester-agent`;
}

function offsetText({ status }: StatusFile): string {
  const { time_offset_ns: offsetNs, simulated } = status.ptp_status;
  if (offsetNs === null) return 'not read';
  return `${simulated ? 'SIMULATED: ' : ''}system clock ${Math.abs(offsetNs)} ns ${offsetNs < 0 ? 'behind' : 'ahead of'} the PHC when last looked at`;
}

function connectionText({ connection }: StatusFile): string {
  if (connection.connected) return 'connected';
  const why = connection.problem === null ? 'no connection yet' : connection.problem;
  return `NOT CONNECTED (${connection.failures} attempts): ${why}. Samples wait in the spool`;
}

function leaseText({ lease_left_s: leftS, status }: StatusFile): string {
  if (status.disarmed === true || leftS === null) return 'not by itself: the instance is kept';
  return `powers off in ${duration(Math.max(0, leftS))} unless the controller says otherwise`;
}

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1024)} KiB`;
}

/** `3 d 4 h`, `2 h 5 min`, `40 s`. */
function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const parts = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor(whole / 3600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'min'],
    [whole % 60, 's'],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  if (first === -1) return '0 s';
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}
