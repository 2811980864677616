/** Scenario 7: the same clock in the same minute by linuxptp, beside our own stored samples. */
import { describe, expect, it } from 'vitest';
import { labImage } from './lab-image.ts';
import { median } from './phc-samples.ts';
import { startLabRun } from './tested-lab-run.ts';

const image = await labImage();
const SPAN_S = 60;

describe.skipIf('skipped' in image)('beside its peers', () => {
  const manifest = 'manifest' in image ? image.manifest : '';

  it('measures what phc2sys measures in the same minute, within the uncertainty of a reading', async () => {
    const run = await startLabRun({ manifest, userData: 'light', duration: '1h' });
    const guest = await run.guest();
    await run.untilLocked();
    // Without a servo, what is measured does not depend on when within the minute; the offset is made plain to see.
    await guest.run('echo "log refclocks" > /etc/chrony/conf.d/log.conf; systemctl stop chrony');
    await guest.setClock('step_ns', 100_000);
    const from = BigInt(await guest.run('date +%s%N'));
    const phc2sys = guest.run(
      `timeout ${SPAN_S} phc2sys -s /dev/ptp_ena -c CLOCK_REALTIME -O 0 -R 4 --free_running 1 -m -q || true`,
      (SPAN_S + 60) * 1000,
    );
    const lines = await phc2sys;
    const to = BigInt(await guest.run('date +%s%N'));
    const cmp = await guest.run('for i in $(seq 20); do phc_ctl /dev/ptp_ena cmp; done');
    const truth = await guest.clockTruth('system_minus_phc_ns');
    const own = (await run.phcSamplesUntil(to)).filter(({ at }) => at >= from && at <= to);
    const rows = {
      'ptp-tester': own.map(({ offsetNs }) => offsetNs),
      phc2sys: numbersAfter(lines, /offset\s+(-?\d+)/g),
      phc_ctl: numbersAfter(cmp, /is (-?\d+)ns/g),
    };
    const delays = [...numbersAfter(lines, /delay\s+(\d+)/g), ...own.map(({ readDelayNs }) => readDelayNs)];
    const uncertainty = median(delays);
    for (const [name, values] of Object.entries(rows)) {
      process.stderr.write(`lab: ${name}: ${values.length} readings, median ${median(values)} ns\n`);
    }
    process.stderr.write(`lab: truth ${truth} ns, median read delay ${uncertainty} ns\n`);
    expect(rows.phc2sys.length).toBeGreaterThan(SPAN_S);
    expect(Math.abs(median(rows['ptp-tester']) - median(rows.phc2sys))).toBeLessThanOrEqual(uncertainty);
  });
});

function numbersAfter(text: string, pattern: RegExp): number[] {
  return [...text.matchAll(pattern)].map((match) => Number(match[1]));
}
