/** What the setup writes, and where: decisions about chrony's configuration, the udev rule, the order of units. Pure. */
import { parsePhcRefclocks } from '@ptp-tester/chrony';
import { chronyReadsPerS, USABLE_READS_PER_S } from '@ptp-tester/measurement';
import { ENA_CLOCK_PREFIX } from '@ptp-tester/phc';

export const DEVICE_LINK = '/dev/ptp_ena';
export const REFID = 'PHC0';

const BLOCK_BEGIN = '# ptp-tester begin: removed by "agent undo"';
const BLOCK_END = '# ptp-tester end';
const DROP_IN_NAME = 'ptp-tester.conf';
/** chrony refuses nothing above this, and a source read every 64 s would no longer be a soak. */
const MAX_DPOLL = 6;

/** A file of our own: appending to a shared one would double the line with each setup. */
export const UDEV_RULE_PATH = '/etc/udev/rules.d/61-ptp-tester-ena.rules';

/** Rules that give none have 0. */
const LINK_PRIORITY = 100;

/** Unit that runs the setup; also started when a clock comes, for chronyd keeps the descriptor of a device that is gone. */
export const SETUP_UNIT = 'ptp-tester-phc-setup.service';
/** In memory and root's: udev asks for the setup by it. */
export const CLOCK_CHANGED = '/run/ptp-tester-clock-changed';

/**
 * The setup runs when any ENA clock comes, for it may be the one to take; ptp_kvm and others never match. The link goes to the clock that was
 * taken, named by its PCI device where several have the same name. Other rules (amazon-ec2-utils', user data's) give the link to each ENA
 * clock, and without a priority the last one has it. TAG systemd makes dev-ptp_ena.device. The setup also runs when the clock goes away:
 * chronyd would hold on to its last samples for a quarter of an hour instead of following NTP.
 */
export function udevRule(clock: { readonly clockName: string; readonly pciAddress: string | null }): string {
  const device = clock.pciAddress === null ? '' : `, KERNELS=="${clock.pciAddress}"`;
  const ask = `RUN+="/bin/touch ${CLOCK_CHANGED}"`;
  return [
    '# By ptp-tester: the PTP hardware clock of the ENA device, for chronyd.',
    `SUBSYSTEM=="ptp", ATTR{clock_name}=="${clock.clockName}"${device}, SYMLINK+="ptp_ena", OPTIONS+="link_priority=${LINK_PRIORITY}", TAG+="systemd"`,
    `SUBSYSTEM=="ptp", ACTION=="add", ATTR{clock_name}=="${ENA_CLOCK_PREFIX}*", ${ask}`,
    `SUBSYSTEM=="ptp", ACTION=="remove", ENV{DEVLINKS}=="*${DEVICE_LINK}*", ${ask}`,
    '',
  ].join('\n');
}

/**
 * The line for chrony.conf(5). `delay` 10 us is AWS's; half of it is the "+/- 5032ns" that chronyc shows. dpoll is raised only where
 * the agent's own readings would not leave room for 25 a second; poll must not be below it.
 */
export function refclockLine(ownReadsPerS: number): string {
  let dpoll = 0;
  while (dpoll < MAX_DPOLL && ownReadsPerS + chronyReadsPerS(dpoll) > USABLE_READS_PER_S) dpoll += 1;
  const polls = dpoll === 0 ? 'poll 0' : `poll ${dpoll} dpoll ${dpoll}`;
  return `refclock PHC ${DEVICE_LINK} ${polls} delay 0.000010 prefer refid ${REFID}`;
}

export interface ChronyFile {
  readonly path: string;
  readonly text: string;
}

export type ChronyChange =
  | { readonly kind: 'write'; readonly file: ChronyFile }
  /** Somebody else configured this clock already. */
  | { readonly kind: 'present'; readonly line: string };

export interface WantedRefclock {
  /** The line for it. */
  readonly line: string;
  /** Whether the device that a refclock line names is the PHC, whatever its path. */
  readonly isPhc: (device: string) => boolean;
}

/**
 * `main`: the main file as it lies there; `effective`: with its includes in place. A drop-in where the main file has a confdir of its
 * own, a marked block in it elsewhere: Amazon Linux 2023 has only source folders, in which a refclock may not stand.
 */
export function changeChrony(main: ChronyFile, effective: string, { line, isPhc }: WantedRefclock): ChronyChange {
  const foreign = parsePhcRefclocks(withoutBlock(effective)).find(({ device }) => isPhc(device));
  const dropIn = dropInPath(main.text);
  const isOurs = effective.includes(BLOCK_BEGIN);
  if (foreign !== undefined && !isOurs) {
    return { kind: 'present', line: `refclock PHC ${foreign.device}, which chronyc shows as ${foreign.refid}` };
  }
  const block = `${BLOCK_BEGIN}\n${line}\n${BLOCK_END}\n`;
  if (dropIn !== null) return { kind: 'write', file: { path: dropIn, text: block } };
  const rest = withoutBlock(main.text);
  const separator = rest === '' || rest.endsWith('\n') ? '' : '\n';
  return { kind: 'write', file: { path: main.path, text: `${rest}${separator}${block}` } };
}

function withoutBlock(text: string): string {
  const begin = text.indexOf(BLOCK_BEGIN);
  const end = text.indexOf(BLOCK_END, begin);
  if (begin === -1 || end === -1) return text;
  return `${text.slice(0, begin)}${text.slice(end + BLOCK_END.length).replace(/^\n/, '')}`;
}

/** Not under /run: that would be gone after a reboot. */
function dropInPath(text: string): string | null {
  for (const line of text.split('\n')) {
    const [directive = '', ...folders] = line.trim().split(/\s+/);
    const folder = folders.find((path) => path.startsWith('/etc/'));
    if (directive.toLowerCase() === 'confdir' && folder !== undefined) return `${folder}/${DROP_IN_NAME}`;
  }
  return null;
}

/**
 * chronyd exits when the device cannot be opened, and the host is then without time sync. So it starts after the device, and where the
 * device has not come (systemd waits 90 s for it) chrony's previous configuration is put back first.
 */
export function orderingDropIn(undoCommand: string): string {
  return [
    '# By ptp-tester.',
    '[Unit]',
    'Wants=dev-ptp_ena.device',
    'After=dev-ptp_ena.device',
    '',
    '[Service]',
    `ExecStartPre=+-/bin/sh -c 'test -c ${DEVICE_LINK} || ${undoCommand}'`,
    // Debian's unit does not say so. systemd gives up after five starts in ten seconds, and the agent asks for more.
    'Restart=on-failure',
    'RestartSec=1',
    '',
  ].join('\n');
}

export function orderingDropInPath(unit: string): string {
  return `/etc/systemd/system/${unit}.d/${DROP_IN_NAME}`;
}
