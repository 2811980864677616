/** Scenario 7: the same clock in the same minute, measured by us and by the field's own tools. */
import { describe, expect, it } from 'vitest';
import type { Guest } from './guest.ts';
import { labImage } from './lab-image.ts';
import { guestNow, tell } from './observed.ts';
import { median, type PhcSample } from './phc-samples.ts';
import { startLabRun } from './tested-lab-run.ts';

const image = await labImage();
const SPAN_S = 60;
const STEP_NS = 100_000;
/** ENA takes microseconds for a reading; the module answers at once unless told. */
const READ_TAKES_US = 10;
const NS_PER_S = 1e9;
/** A chronyd of its own that steers nothing (-x) and logs each offset before its filters. */
const CHRONYD_CONFIG = [
  'refclock PHC /dev/ptp_ena poll 0 delay 0.000010 refid PHC0',
  'log refclocks',
  'logdir /run/peer',
  'logbanner 0',
  'cmdport 0',
  'bindcmdaddress /run/peer/chronyd.sock',
  'pidfile /run/peer/chronyd.pid',
].join('\\n');

interface Peer {
  readonly name: string;
  /** System clock - PHC, ns. */
  readonly offsets: readonly number[];
}

describe.skipIf('skipped' in image)('beside its peers', () => {
  it('measures what phc2sys, phc_ctl and chronyd measure in the same minute, within the uncertainty of a reading', async () => {
    const manifest = 'manifest' in image ? image.manifest : '';
    const run = await startLabRun({ manifest, userData: 'light', duration: '1h' });
    const guest = await run.guest();
    await run.untilLocked();
    // Without a servo, what is measured does not depend on when within the minute; the offset is made plain to see.
    await guest.run(`systemctl stop chrony; mkdir -p /run/peer; printf '${CHRONYD_CONFIG}\\n' >/run/peer/chrony.conf`);
    await guest.setClock('lat_us', READ_TAKES_US);
    await guest.setClock('step_ns', STEP_NS);
    const from = await guestNow(guest);
    const peers = await measureByPeers(guest);
    const to = await guestNow(guest);
    const own = (await run.phcSamplesUntil(to)).filter(({ at }) => at >= from && at <= to);
    const uncertainty = median(own.map(({ readDelayNs }) => readDelayNs)) / 2 + movedWithin(own);
    // An uncertainty as large as the offset would agree with anything.
    expect(uncertainty).toBeLessThan(STEP_NS / 10);
    tellTable([{ name: 'ptp-tester', offsets: own.map(({ offsetNs }) => offsetNs) }, ...peers], uncertainty);
    for (const { name, offsets } of peers) {
      expect(offsets.length, name).toBeGreaterThan(10);
      expect(Math.abs(median(offsets) - medianOffset(own)), name).toBeLessThanOrEqual(uncertainty);
    }
  });
});

/** All at once. phc2sys prints the offset as we do, chronyd's raw offset and phc_ctl's are those of the reference. */
async function measureByPeers(guest: Guest): Promise<Peer[]> {
  const script = [
    'cd /run/peer',
    `timeout ${SPAN_S} phc2sys -s /dev/ptp_ena -c CLOCK_REALTIME -O 0 -R 4 --free_running 1 -m -q >phc2sys.txt 2>&1 &`,
    `timeout ${SPAN_S} chronyd -x -d -u root -f /run/peer/chrony.conf >chronyd.txt 2>&1 &`,
    `end=$(($(cut -d. -f1 /proc/uptime) + ${SPAN_S}))`,
    'while [ "$(cut -d. -f1 /proc/uptime)" -lt "$end" ]; do phc_ctl /dev/ptp_ena cmp; sleep 1; done >phc_ctl.txt 2>&1',
    'wait',
  ].join('\n');
  await guest.run(script, (SPAN_S + 120) * 1000);
  const read = (name: string) => guest.run(`cat /run/peer/${name}`);
  return [
    { name: 'phc2sys, free running', offsets: numbersOf(await read('phc2sys.txt'), /offset\s+(-?\d+)/g) },
    { name: 'phc_ctl cmp', offsets: numbersOf(await read('phc_ctl.txt'), /is (-?\d+)ns/g) },
    { name: 'chronyd, refclocks.log', offsets: rawOffsets(await read('refclocks.log')) },
  ];
}

function numbersOf(text: string, pattern: RegExp): number[] {
  return [...text.matchAll(pattern)].map((match) => Number(match[1]));
}

/** `date time refid DP L P raw cooked dispersion`, seconds, positive = the system clock is slow. Filtered rows have no raw offset. */
function rawOffsets(log: string): number[] {
  const raw = log.split('\n').flatMap((line) => line.trim().split(/\s+/)[6] ?? []);
  return raw.map((text) => -Number(text) * NS_PER_S).filter((value) => Number.isFinite(value));
}

/** Between the halves of the span: a program that read more in one of them may differ by as much, and rightly so. */
function movedWithin(samples: readonly PhcSample[]): number {
  const middle = Math.floor(samples.length / 2);
  return Math.abs(medianOffset(samples.slice(middle)) - medianOffset(samples.slice(0, middle)));
}

function medianOffset(samples: readonly PhcSample[]): number {
  return median(samples.map(({ offsetNs }) => offsetNs));
}

function tellTable(rows: readonly Peer[], uncertainty: number): void {
  tell(
    `median system clock - PHC in ${SPAN_S} s after a step of ${STEP_NS} ns; half a read delay and the drift are ${uncertainty} ns`,
  );
  const own = median(rows[0]?.offsets ?? []);
  for (const { name, offsets } of rows) {
    const value = median(offsets);
    tell(`| ${name} | ${offsets.length} | ${Math.round(value)} ns | ${Math.round(value - own)} ns |`);
  }
}
