/** Two simulated runs of known difference, through the real store: the comparison finds it, says how sure it is, and does not find what is not there. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { analyseRun } from '../../controller/src/analysis/analyse-run.ts';
import { type ComparedSide, compareSides } from '../../controller/src/analysis/compare/compare-sides.ts';
import { readSide } from '../../controller/src/analysis/compare/read-side.ts';
import { openSampleReader } from '../../controller/src/store/open-sample-reader.ts';
import { openSampleWriter } from '../../controller/src/store/sqlite-sample-writer.ts';
import { simulatedInstance, simulatedRun } from './analyse-truth.ts';
import { simulateRecords } from './simulate-records.ts';
import { STARTED_AT } from './simulate-samples.ts';
import type { SimulatedTruth } from './simulated-truth.ts';

const HOUR: SimulatedTruth = { durationS: 3600, whiteNs: 25 };
const second = (s: number) => STARTED_AT + BigInt(s) * 1_000_000_000n;

/** Each truth is one instance. `periods` in seconds from the start; null: all of it. */
async function sidesOf(
  label: string,
  truths: readonly SimulatedTruth[],
  periods: readonly (readonly [number, number] | null)[] = [null],
): Promise<ComparedSide[]> {
  const folder = mkdtempSync(join(tmpdir(), 'ptp-comparison-'));
  try {
    const path = join(folder, 'samples.db');
    const writer = openSampleWriter({ path });
    const instances = truths.map((truth, index) => {
      const instanceId = `i-0123456789abcdef${index}`;
      writer.commit(simulateRecords(instanceId, { ...truth, seed: (truth.seed ?? 1) + 17 * index }));
      return { ...simulatedInstance(instanceId), typeIndex: index + 1 };
    });
    writer.close();
    const reader = openSampleReader(path);
    const run = simulatedRun(truths[0] ?? HOUR);
    const analysis = analyseRun({ run, instances, controllerEvents: [], awsCalls: [], reader });
    const sides: ComparedSide[] = [];
    for (const [place, period] of periods.entries()) {
      const within = period === null ? null : { fromAt: second(period[0]), toAt: second(period[1]) };
      sides.push(await readSide(analysis, reader, { label: `${label}${place === 0 ? '' : place}`, period: within }));
    }
    reader.close();
    return sides;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function compared(a: readonly SimulatedTruth[], b: readonly SimulatedTruth[]) {
  const sides = [...(await sidesOf('A', a)), ...(await sidesOf('B', b))];
  const [pair] = compareSides(sides, { sameInstances: false });
  if (pair === undefined) throw new Error('no pair');
  return { pair };
}

describe('two runs', () => {
  it('with twice the noise the second is worse, by a factor whose interval holds 2', async () => {
    const { pair } = await compared([HOUR], [{ ...HOUR, whiteNs: 50, seed: 5 }]);
    expect(pair.answer).toBe('worse');
    const rms = pair.types[0]?.differences.find(({ quantity }) => quantity === 'rms');
    expect(rms?.interval?.low).toBeLessThan(2);
    expect(rms?.interval?.high).toBeGreaterThan(2);
    expect(rms?.interval?.low).toBeGreaterThan(1.8);
    const tdev = pair.types[0]?.differences.find(({ quantity, tauS }) => quantity === 'tdev' && tauS === 1);
    expect(tdev?.answer).toBe('worse');
    expect(pair.sentence).toMatch(/^B against A is worse\. c7i\.large: worse; p99 of \|system - PHC\| is (1\.9|2)/);
    expect(pair.warnings).toEqual([]);
  });

  it('the other way round it is better by the inverse', async () => {
    const { pair } = await compared([{ ...HOUR, whiteNs: 50, seed: 5 }], [HOUR]);
    expect(pair.answer).toBe('better');
  });

  it('of the same clock are indistinguishable', async () => {
    const { pair } = await compared([HOUR], [{ ...HOUR, seed: 99 }]);
    expect([pair.answer, pair.types[0]?.answer]).toEqual(['indistinguishable', 'indistinguishable']);
  });

  it('with several instances the scatter between them decides: one bad instance of three is no proof of the type', async () => {
    const healthy = [20, 25, 30].map((whiteNs) => ({ ...HOUR, whiteNs }));
    const mixed = [20, 25, 90].map((whiteNs) => ({ ...HOUR, whiteNs, seed: 5 }));
    const { pair } = await compared(healthy, mixed);
    expect(pair.answer).toBe('not_decided');
    expect(pair.sentence).toContain('it scatters too much to tell by p99');
    expect(pair.sentence).toContain('Most changed: c7i.large-3, p99');
    expect(pair.instances.map(({ name, answer }) => [name, answer])).toEqual([
      ['c7i.large-1', 'indistinguishable'],
      ['c7i.large-2', 'indistinguishable'],
      ['c7i.large-3', 'worse'],
    ]);
  });

  it('of another cadence and length are compared with the differences said', async () => {
    const { pair } = await compared([HOUR], [{ durationS: 1800, whiteNs: 25, phcIntervalS: 1 }]);
    expect(pair.warnings.map((warning) => warning.split(' (')[0])).toEqual([
      'The cadence differs',
      'The lengths differ',
    ]);
    const taus = pair.types[0]?.differences.flatMap(({ quantity, tauS }) => (quantity === 'tdev' ? [tauS] : []));
    expect(taus).toEqual([1, 8, 128]);
  });

  it('without samples after a lock nothing is decided', async () => {
    const { pair } = await compared([HOUR], [{ durationS: 600, systemNs: () => 1e6 }]);
    expect(pair.answer).toBe('not_decided');
    expect(pair.sentence).toContain('cannot be compared');
  });

  it('clock steps are counted on both sides', async () => {
    const { pair } = await compared([HOUR], [{ ...HOUR, systemNs: (t) => (t > 1800 ? 20_000 : 0) }]);
    expect(pair.sentence).toContain('Clock steps: 1 against 0.');
  });
});

describe('periods of one run', () => {
  it('are compared instance by instance: half an hour that became worse shows', async () => {
    const truth = { ...HOUR, readingErrorNs: (t: number) => (t > 1800 ? 60 * Math.sin(t) : 0) };
    const sides = await sidesOf(
      'first half',
      [truth, { ...truth, whiteNs: 40 }],
      [
        [100, 1800],
        [1800, 3600],
      ],
    );
    const [pair] = compareSides(sides, { sameInstances: true });
    expect(pair?.instances.map(({ answer }) => answer)).toEqual(['worse', 'worse']);
    expect(sides.map(({ instances }) => Math.round(instances[0]?.figures?.spanS ?? 0))).toEqual([1700, 1800]);
  });
});
