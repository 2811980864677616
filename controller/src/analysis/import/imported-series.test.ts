/** Imported series: wrong units are noticed, what happened is found, Parquet of ours is read, and errors name the line. */
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { analyseImported } from '../analyse-imported.ts';
import { importLog } from './import-log.ts';
import type { ImportedSeries } from './imported-log.ts';
import { isParquet, parseOffsetsParquet } from './parse-offsets-parquet.ts';

const START = 1_795_216_678_000_000_000n;

interface Wave {
  readonly samples?: number;
  /** Spacing in whatever unit the times are in. */
  readonly step?: bigint;
  readonly start?: bigint;
  readonly offset?: (row: number) => number;
}

/** Small, and no two neighbours alike. */
const rippling = (row: number) => 20 * Math.sin(row) + 7 * Math.cos(3.7 * row);

function wave({ samples = 400, step = 1_000_000_000n, start = START, offset = rippling }: Wave): ImportedSeries {
  return {
    name: 'x',
    samples: Array.from({ length: samples }, (_, row) => ({
      timeNs: start + step * BigInt(row),
      offsetNs: offset(row),
    })),
  };
}

describe('units', () => {
  it.each([
    ['seconds', START / 1_000_000_000n, 1n],
    ['milliseconds', START / 1_000_000n, 1000n],
    ['microseconds', START / 1000n, 1_000_000n],
  ])('times in %s are noticed', (unit, start, step) => {
    expect(analyseImported(wave({ start, step })).warnings[0]).toContain(`look like ${unit} since 1970`);
  });

  it.each([
    ['offsets in seconds', { offset: (row: number) => rippling(row) * 1e-9 }, 'probably in seconds'],
    ['TAI against UTC', { offset: (row: number) => 37e9 + rippling(row) }, 'near 37 s'],
    ['instants for offsets', { offset: (row: number) => Number(START) + row }, 'more than a day'],
    ['a counter for times', { start: 0n, step: 1n }, 'no clock is read at'],
  ])('%s are noticed', (_, given, text) => {
    expect(analyseImported(wave(given)).warnings.join()).toContain(text);
  });

  it('times and offsets in ns are not complained of, whether from 1970 or from boot', () => {
    expect(analyseImported(wave({})).warnings).toEqual([]);
    expect(analyseImported(wave({ start: 5_000_000_000n, step: 250_000_000n })).warnings).toEqual([]);
  });

  it('seconds with a point are an error that names the line and the factor', () => {
    expect(() => importLog('at,offset_ns\n1795216678000000000,1\n1795216679.5,2\n')).toThrow(
      /^line 3: .*looks like seconds, multiply by 1e9/,
    );
  });
});

describe('events', () => {
  it('a step, an outlier, a gap and a time that goes back are found with place and size; noise has none', () => {
    const offset = (row: number) => rippling(row) + (row >= 200 ? 50_000 : 0) + (row === 100 ? -30_000 : 0);
    const { samples } = wave({ offset });
    const holed = [...samples.slice(0, 300), ...samples.slice(310)];
    const again = wave({ start: START + 1_000_000_000n }).samples;
    const { events } = analyseImported({ name: 'x', samples: [...holed, ...again] });
    expect(events.items.map(({ event, atNs }) => [event, Number((atNs - START) / 1_000_000_000n)])).toEqual([
      ['offset_outlier', 100],
      ['offset_stepped', 199],
      ['gap', 299],
      ['time_went_backwards', 399],
    ]);
    const step = events.items[1];
    expect(Math.abs((step?.sizeNs ?? 0) - 50_000)).toBeLessThan(step?.uncertaintyNs ?? 0);
    expect(analyseImported(wave({})).events.total).toBe(0);
  });

  it('TDEV and OADEV come with intervals around them', () => {
    const { stability } = analyseImported(wave({ samples: 2000 }));
    for (const { value, confidence } of stability?.tdevNs.slice(0, 4) ?? []) {
      expect(confidence?.low).toBeLessThan(value);
      expect(confidence?.high).toBeGreaterThan(value);
    }
    expect(stability?.oadevPpb.length).toBeGreaterThan(5);
  });
});

describe('holes', () => {
  it('no window of MTIE crosses one unless that is asked for, and then it is said how much was filled', () => {
    const { samples } = wave({ samples: 400 });
    const holed = { name: 'x', samples: [...samples.slice(0, 200), ...samples.slice(202)] };
    const longest = ({ stability }: ReturnType<typeof analyseImported>) => stability?.mtieNs.at(-1)?.terms ?? 0;
    const [plain, bridged] = [analyseImported(holed), analyseImported(holed, { bridgeTicks: 2 })];
    expect([plain.stability?.missingTicks, plain.stability?.bridgedTicks]).toEqual([2, 0]);
    expect([bridged.stability?.missingTicks, bridged.stability?.bridgedTicks]).toEqual([2, 2]);
    expect(longest(bridged)).toBeGreaterThan(longest(plain));
    expect(analyseImported(holed, { bridgeTicks: 1 }).stability?.bridgedTicks).toBe(0);
  });
});

describe('Parquet', () => {
  function written(columnData: Parameters<typeof parquetWriteBuffer>[0]['columnData']): Buffer {
    return Buffer.from(parquetWriteBuffer({ columnData }));
  }

  it('is read by the names of our files: 64-bit times, missing offsets skipped, a series for each epoch', async () => {
    const bytes = written([
      { name: 'epoch', data: ['a', 'a', 'b'], type: 'STRING' },
      { name: 'at_ns', data: [START, START + 1n, START + 2n], type: 'INT64' },
      { name: 'offset_ns', data: [7, null, -8], type: 'DOUBLE', nullable: true },
    ]);
    expect(isParquet(bytes)).toBe(true);
    const log = await parseOffsetsParquet(bytes);
    expect(log.skippedLines).toBe(1);
    expect(log.series).toEqual([
      { name: 'a', samples: [{ timeNs: START, offsetNs: 7 }] },
      { name: 'b', samples: [{ timeNs: START + 2n, offsetNs: -8 }] },
    ]);
  });

  it('without the columns, or cut off, it is an error that says so', async () => {
    const bytes = written([{ name: 'x', data: [1, 2], type: 'DOUBLE' }]);
    await expect(parseOffsetsParquet(bytes)).rejects.toThrow('it has x');
    await expect(parseOffsetsParquet(bytes.subarray(0, bytes.length - 9))).rejects.toThrow('damaged or cut off');
  });
});
