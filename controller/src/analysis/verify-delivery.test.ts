import { describe, expect, it } from 'vitest';
import type { EpochCoverage, RecordReader } from '../store/sample-store.ts';
import { type Spool, verifyDelivery } from './verify-delivery.ts';

const NOTHING: EpochCoverage = { records: [], gaps: [], nacked: [], skipped: [] };
const A = 'i-aaaaaaaa';
const EPOCH = '00112233445566aa';

/** A store that holds these coverages; every record's bytes are its sequence. */
function readerOf(coverages: Readonly<Record<string, Partial<EpochCoverage>>>): RecordReader {
  const find = (instanceId: string, epoch: string) => ({ ...NOTHING, ...coverages[`${instanceId} ${epoch}`] });
  return {
    epochs: () =>
      Object.keys(coverages).map((key) => {
        const [instanceId = '', epoch = ''] = key.split(' ');
        return { instanceId, epoch, bootId: null, through: 0, firstReceivedAt: 0n, nacked: 0 };
      }),
    coverage: find,
    recordBytes: (instanceId, epoch, sequence) => {
      const held = find(instanceId, epoch).records.some(({ first, last }) => sequence >= first && sequence <= last);
      return held ? Uint8Array.of(sequence) : null;
    },
  };
}

function spoolOf(produced: number, sequences: readonly number[] = [], instanceId = A): Spool {
  const records = sequences.map((sequence) => ({ firstSequence: sequence, sequence, bytes: Uint8Array.of(sequence) }));
  return { run: 'r', instanceId, epochs: [{ epoch: EPOCH, produced, acked: 0, records }] };
}

describe('verifyDelivery', () => {
  it('finds nothing wrong when everything produced is stored or still in the spool', () => {
    const reader = readerOf({ [`${A} ${EPOCH}`]: { records: [{ first: 1, last: 6 }] } });
    const report = verifyDelivery({ reader, spools: [spoolOf(8, [5, 6, 7, 8])] });
    expect(report.ok).toBe(true);
    expect(report.totals).toMatchObject({ produced: 8, stored: 6, missing: 0, undelivered: 2, different: 0 });
    expect(report.epochs[0]?.undelivered).toEqual([{ first: 7, last: 8 }]);
  });

  it('finds what is neither stored nor in the spool, skipped sequences included', () => {
    const records = [
      { first: 1, last: 3 },
      { first: 7, last: 8 },
    ];
    const reader = readerOf({ [`${A} ${EPOCH}`]: { records, skipped: [{ first: 4, last: 6 }] } });
    const report = verifyDelivery({ reader, spools: [spoolOf(10, [10])] });
    expect(report.ok).toBe(false);
    expect(report.epochs[0]?.missing).toEqual([
      { first: 4, last: 6 },
      { first: 9, last: 9 },
    ]);
  });

  it('counts what the agent reported lost and what was nacked as answered for', () => {
    const records = [
      { first: 1, last: 2 },
      { first: 6, last: 6 },
      { first: 8, last: 8 },
    ];
    const reader = readerOf({ [`${A} ${EPOCH}`]: { records, gaps: [{ first: 2, last: 6 }], nacked: [7] } });
    const report = verifyDelivery({ reader, spools: [spoolOf(8)] });
    expect(report.ok).toBe(true);
    expect(report.epochs[0]).toMatchObject({
      missing: [],
      reported_lost: [{ first: 3, last: 5 }],
      nacked: [{ first: 7, last: 7 }],
    });
  });

  it('finds what was stored but never produced, and epochs that the agent does not know', () => {
    const reader = readerOf({
      [`${A} ${EPOCH}`]: { records: [{ first: 1, last: 9 }] },
      [`${A} ffffffffffffffff`]: { records: [{ first: 1, last: 2 }] },
    });
    const report = verifyDelivery({ reader, spools: [spoolOf(7)] });
    expect(report.totals.extra).toBe(4);
    expect(report.ok).toBe(false);
  });

  it('finds the same epoch stored under two instances', () => {
    const reader = readerOf({
      [`${A} ${EPOCH}`]: { records: [{ first: 1, last: 5 }] },
      [`i-bbbbbbbb ${EPOCH}`]: { records: [{ first: 4, last: 6 }] },
    });
    const report = verifyDelivery({ reader, spools: [spoolOf(5)] });
    expect(report.epochs[0]?.duplicate).toEqual([{ first: 4, last: 5 }]);
    expect(report.instances_without_spool).toEqual(['i-bbbbbbbb']);
  });

  it('finds records whose stored bytes are not those of the spool', () => {
    const reader = readerOf({ [`${A} ${EPOCH}`]: { records: [{ first: 1, last: 3 }] } });
    const spool = spoolOf(3, [1, 2]);
    const changed = { firstSequence: 3, sequence: 3, bytes: Uint8Array.of(99) };
    const epochs = spool.epochs.map((epoch) => ({ ...epoch, records: [...epoch.records, changed] }));
    const report = verifyDelivery({ reader, spools: [{ ...spool, epochs }] });
    expect(report.epochs[0]?.different).toEqual([{ first: 3, last: 3 }]);
  });

  it('can be written as JSON', () => {
    const report = verifyDelivery({ reader: readerOf({}), spools: [spoolOf(2)] });
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    expect(report.epochs[0]?.missing).toEqual([{ first: 1, last: 2 }]);
  });
});
