/** The interim judgement while a run goes on: wherever the stream is cut, and however late an earlier life's spool comes, it says what the whole says. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyseRun } from '../../controller/src/analysis/analyse-run.ts';
import { openSampleReader } from '../../controller/src/store/open-sample-reader.ts';
import type { StoreWrite } from '../../controller/src/store/sample-store.ts';
import { openSampleWriter } from '../../controller/src/store/sqlite-sample-writer.ts';
import { simulatedInstance, simulatedRun } from './analyse-truth.ts';
import { compareJudgement, judgeSoFar, KeptInstances } from './compare-interim.ts';
import { simulateRecords } from './simulate-records.ts';
import type { SimulatedGap, SimulatedTruth } from './simulated-truth.ts';

const INSTANCE_ID = 'i-0123456789abcdef0';
/** SIMULATED: everything that changes a verdict, and two restarts. */
const GAPS: readonly SimulatedGap[] = [
  { fromS: 200, toS: 215, kind: 'missed' },
  { fromS: 320, toS: 340, kind: 'spool_full', stream: 'phc' },
  { fromS: 500, toS: 510, kind: 'nacked', stream: 'raw' },
  { fromS: 700, toS: 720, kind: 'restart' },
  { fromS: 1100, toS: 1150, kind: 'reboot' },
];
const TROUBLED: SimulatedTruth = {
  durationS: 1600,
  phcIntervalS: 0.5,
  gaps: GAPS,
  systemNs: (t) => (t < 30 ? 20_000 : 0) + (t > 900 ? 30_000 : 0) + 900 * Math.sin(t / 50),
  chrony: { selected: (t) => t > 40 && (t < 600 || t > 640), boundNs: (t) => 30_000 + (t > 1300 ? 80_000 : 0) },
  witness: { offsetNs: (t) => (t > 400 && t < 450 ? 5_000_000 : 0), errorNs: () => 100_000 },
  readingsFailed: (t) => (t > 1200 && t < 1210 ? 1 : 0),
};
/** SIMULATED: the lock comes late, so that it is looked for across many cuts. */
const LATE_LOCK: SimulatedTruth = {
  durationS: 1300,
  phcIntervalS: 1,
  systemNs: (t) => (t < 1000 ? 3000 : 0),
  gaps: [{ fromS: 600, toS: 620, kind: 'restart' }],
};
/** SIMULATED: all is well. */
const GOOD: SimulatedTruth = { durationS: 1500, phcIntervalS: 0.5, gaps: [{ fromS: 700, toS: 701, kind: 'reboot' }] };

/** A store that grows. */
class GrowingStore {
  readonly #folder = mkdtempSync(join(tmpdir(), 'ptp-interim-'));
  readonly path = join(this.#folder, 'samples.db');
  readonly #writer = openSampleWriter({ path: this.path });

  commit(writes: readonly StoreWrite[]): void {
    this.#writer.commit(writes);
  }

  end(): void {
    this.#writer.close();
    rmSync(this.#folder, { recursive: true });
  }
}

function wholeOf(path: string, truth: SimulatedTruth) {
  const reader = openSampleReader(path);
  try {
    const input = { run: simulatedRun(truth), instances: [simulatedInstance()], controllerEvents: [], awsCalls: [] };
    const [instance] = analyseRun({ ...input, reader }).instances;
    if (instance === undefined) throw new Error('no instance was analysed');
    return instance;
  } finally {
    reader.close();
  }
}

/**
 * In an order that the store may see: each life in its own order, first arrivals in the order of the lives. `shares` says where the stream is cut and
 * how much of what is left of an earlier life comes before the next cut.
 */
function groupsOf(writes: readonly StoreWrite[], shares: readonly number[]): StoreWrite[][] {
  const lives = [...Map.groupBy(writes, ({ epoch }) => epoch).values()].map((life) => [...life]);
  const groups: StoreWrite[][] = [];
  let open = 1;
  for (const share of shares) {
    const group: StoreWrite[] = [];
    for (const life of lives.slice(0, open)) group.push(...life.splice(0, Math.ceil(life.length * share)));
    groups.push(group);
    open += 1;
  }
  groups.push(lives.flat());
  return groups.filter((group) => group.length > 0);
}

const shares = fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 1, maxLength: 6 });

describe('the interim judgement', () => {
  it.each([
    ['a troubled instance', TROUBLED, 'fail'],
    ['a late lock', LATE_LOCK, 'fail'],
    ['a good instance', GOOD, 'pass'],
  ] as const)('of %s is that of the whole at every cut, in any order of late batches', (_, truth, quality) => {
    const writes = simulateRecords(INSTANCE_ID, truth);
    const input = { run: simulatedRun(truth), instances: [simulatedInstance()] };
    fc.assert(
      fc.property(shares, (cuts) => {
        const store = new GrowingStore();
        try {
          const kept = new KeptInstances();
          for (const group of groupsOf(writes, cuts)) {
            store.commit(group);
            const soFar = judgeSoFar(store.path, input, kept);
            compareJudgement(soFar, wholeOf(store.path, truth));
            // What was kept leads to the same digits as beginning anew.
            expect(soFar).toEqual(judgeSoFar(store.path, input));
          }
          expect(judgeSoFar(store.path, input, kept).quality.value).toBe(quality);
        } finally {
          store.end();
        }
      }),
      { numRuns: 6 },
    );
  });
});
