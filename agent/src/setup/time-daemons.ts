/** Whether something other than chronyd disciplines the system clock: then the setup touches nothing that has to do with time. Pure. */

interface KnownDaemon {
  readonly name: string;
  readonly matches: (program: string, line: string) => boolean;
}

const KNOWN: readonly KnownDaemon[] = [
  { name: 'ntpd', matches: (program) => program === 'ntpd' || program === 'ntpd-rs' || program === 'ntp-daemon' },
  { name: 'systemd-timesyncd', matches: (program) => program === 'systemd-timesyncd' },
  // Free running it only prints; linuxptp's own tests use it so.
  {
    name: 'phc2sys',
    matches: (program, line) => program === 'phc2sys' && !/(^|\s)(-F|--free_running[= ]1)(\s|$)/.test(line),
  },
  { name: 'openntpd', matches: (program, line) => program === 'openntpd' || /^openntpd:|^ntpd: /.test(line) },
];

/** Names of the daemons among these command lines. `clockBoundVersion`: of an installed ClockBound; from 3 on it steers the clock itself. */
export function otherTimeDaemons(processes: readonly string[], clockBoundVersion: string | null): string[] {
  const found = new Set<string>();
  for (const line of processes) {
    const program = line.split(' ', 1)[0]?.split('/').at(-1) ?? '';
    for (const { name, matches } of KNOWN) if (matches(program, line)) found.add(name);
    if (program === 'clockbound' && isThreeOrLater(clockBoundVersion)) found.add('ClockBound 3');
  }
  return [...found].sort();
}

/** A version that cannot be told counts as one that steers: doing nothing is the safe side. */
function isThreeOrLater(version: string | null): boolean {
  const major = /(\d+)\./.exec(version ?? '')?.[1];
  return major === undefined || Number(major) >= 3;
}
