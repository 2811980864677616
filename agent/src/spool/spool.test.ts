import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Batch, EventKind, StreamName } from '@ptp-tester/measurement';
import { makeColumn, STREAMS, type StreamDeclaration } from '@ptp-tester/measurement';
import { type CodecEnvironment, decodeRecord, parseSpoolLedger, readRecordHeader } from '@ptp-tester/wire';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NodeDisk } from './node-disk.ts';
import { Spool } from './spool.ts';
import type { SpoolDisk } from './spool-disk.ts';

const RUN = '20261120-231757-k3f9';
const INSTANCE = 'i-0123456789abcdef0';
const EPOCHS = ['aaaaaaaaaaaaaaaa', 'bbbbbbbbbbbbbbbb', 'cccccccccccccccc'] as const;
const MEGABYTE = 1024 * 1024;

let disks: NodeDisk[] = [];
const codec: CodecEnvironment = { crc32, compress: (bytes) => bytes, decompress: (bytes) => bytes };

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ptp-spool-'));
});
afterEach(async () => {
  for (const disk of disks) await disk.close();
  disks = [];
  rmSync(folder, { recursive: true });
});

function track<T extends NodeDisk>(disk: T): T {
  disks.push(disk);
  return disk;
}

interface Opened {
  readonly spool: Spool;
  readonly notices: { event: EventKind; detail: Record<string, unknown> }[];
  readonly repairs: readonly { lost_records: number; cut_bytes: number; damaged_bytes: number }[];
}

async function open(epoch: string = EPOCHS[0], options: { maxBytes?: number; disk?: SpoolDisk } = {}): Promise<Opened> {
  const notices: Opened['notices'] = [];
  const disk = options.disk ?? track(new NodeDisk(folder));
  const spool = new Spool(
    { run: RUN, instanceId: INSTANCE, epoch, maxBytes: options.maxBytes ?? MEGABYTE },
    { disk, env: codec, notice: (event, detail) => notices.push({ event, detail }) },
  );
  return { spool, notices, repairs: await spool.open() };
}

function batch(number: number, stream: StreamName = 'raw', rows = 10): Batch {
  const declaration: StreamDeclaration = STREAMS[stream];
  const columns = declaration.columns.map((column) => makeColumn(column.kind, rows));
  for (let row = 0; row < rows; row += 1) {
    for (const column of columns.slice(0, 2)) column[row] = BigInt(number * 1000 + row) as never;
    // Unpredictable, so that records have a size.
    const value = (number * 7919 + row * 104_729) ** 3 % 2 ** 40;
    for (const column of columns.slice(2)) if (column instanceof Float64Array) column[row] = value;
  }
  return { kind: 'batch', stream, key: '', generation: 1, intervalNs: 1, missedTicks: 0, rows, columns };
}

async function fill(spool: Spool, count: number, stream: StreamName = 'raw'): Promise<void> {
  for (let number = 1; number <= count; number += 1) {
    spool.append(batch(number, stream));
    await spool.flush();
  }
}

/** Everything that the spool would send on a new connection. */
async function drain(spool: Spool, maxBytes = 500) {
  const sent = new Map<string, number>();
  const records: Uint8Array[] = [];
  for (let chunk = await spool.next(sent, maxBytes); chunk !== null; chunk = await spool.next(sent, maxBytes)) {
    records.push(...chunk.records);
    sent.set(chunk.epoch, chunk.last);
  }
  return records.map((record) => ({ header: readRecordHeader(record), content: decodeRecord(record, codec).content }));
}

type Drained = Awaited<ReturnType<typeof drain>>;

/** Fails unless the records of each epoch follow each other without hole and overlap; returns the last sequence by epoch. */
function expectContiguous(records: Drained, first = 1): Map<string, number> {
  const reached = new Map<string, number>();
  for (const { header } of records) {
    expect(header.firstSequence).toBe((reached.get(header.epoch) ?? first - 1) + 1);
    reached.set(header.epoch, header.sequence);
  }
  return reached;
}

function segmentFiles(): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.seg'))
    .sort();
}

describe('delivery', () => {
  test('records come back in order, numbered from 1, and only after a flush', async () => {
    const { spool } = await open();
    spool.append(batch(1));
    expect(await drain(spool)).toEqual([]);
    await spool.flush();
    await fill(spool, 20);
    const records = await drain(spool);
    expect(expectContiguous(records).get(EPOCHS[0])).toBe(21);
    expect(records[0]?.content).toEqual(batch(1));
    expect(spool.unackedRecords).toBe(21);
  });

  test('several epochs are sent oldest first, also after restarts', async () => {
    for (const epoch of EPOCHS) await fill((await open(epoch)).spool, 3);
    const { spool } = await open('dddddddddddddddd');
    expect((await drain(spool)).map(({ header }) => header.epoch)).toEqual(
      EPOCHS.flatMap((epoch) => [epoch, epoch, epoch]),
    );
    expect(spool.epochs()).toEqual([
      ...EPOCHS.map((epoch) => ({ epoch, first: 1, next: 4 })),
      { epoch: 'dddddddddddddddd', first: 1, next: 1 },
    ]);
  });

  test('an ack is cumulative, survives a clean end, and what it covers is not sent again', async () => {
    const first = await open();
    await fill(first.spool, 10);
    await first.spool.ack(EPOCHS[0], 4);
    expect((await drain(first.spool))[0]?.header.sequence).toBe(5);
    await first.spool.ack(EPOCHS[0], 2);
    await first.spool.close();
    const { spool } = await open(EPOCHS[1]);
    expectContiguous(await drain(spool), 5);
    await spool.ack(EPOCHS[0], 10);
    expect(await drain(spool)).toEqual([]);
    expect(spool.epochs()).toEqual([{ epoch: EPOCHS[1], first: 1, next: 1 }]);
  });

  test('the ledger says what was acknowledged before the segment is removed', async () => {
    const removedWith: { name: string; ledger: unknown }[] = [];
    const disk = track(new NodeDisk(folder));
    const remove = disk.remove.bind(disk);
    disk.remove = (name) => {
      removedWith.push({ name, ledger: parseSpoolLedger(readFileSync(join(folder, 'ledger.json'), 'utf8')) });
      return remove(name);
    };
    const { spool } = await open(EPOCHS[0], { disk, maxBytes: 65_536 });
    await fill(spool, 200);
    const before = segmentFiles().length;
    await spool.ack(EPOCHS[0], 150);
    expect(segmentFiles().length).toBeLessThan(before);
    expect(removedWith.length).toBeGreaterThan(0);
    for (const { ledger } of removedWith) {
      expect(ledger).toEqual({
        run: RUN,
        instance_id: INSTANCE,
        epochs: [{ epoch: EPOCHS[0], through: 200, acked: 150 }],
      });
    }
  });

  test('one record can be fetched by its identity until it is acknowledged away', async () => {
    const { spool } = await open();
    await fill(spool, 5);
    const record = await spool.record(EPOCHS[0], 3);
    expect(record === null ? null : decodeRecord(record, codec).content).toEqual(batch(3));
    expect(await spool.record(EPOCHS[0], 6)).toBeNull();
    expect(await spool.record(EPOCHS[1], 1)).toBeNull();
  });

  test('a spool of another run is refused with its name', async () => {
    const { spool } = await open();
    await spool.close();
    const other = new Spool(
      { run: '20261120-231757-zzzz', instanceId: INSTANCE, epoch: EPOCHS[1], maxBytes: MEGABYTE },
      { disk: track(new NodeDisk(folder)), env: codec, notice: () => undefined },
    );
    await expect(other.open()).rejects.toMatchObject({ code: 'other_run', message: expect.stringContaining(RUN) });
  });
});

describe('after an unclean stop', () => {
  test('whatever the place a segment ends at, all whole records before it are kept and the rest is cut', async () => {
    const { spool } = await open();
    await fill(spool, 12);
    const [name = ''] = segmentFiles();
    const path = join(folder, name);
    const whole = readFileSync(path);
    const ends = [0];
    for (const { header } of await drain(spool)) {
      ends.push((ends.at(-1) ?? 0) + 4 + ((await spool.record(EPOCHS[0], header.sequence))?.length ?? 0));
    }
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: whole.length }), async (size) => {
        for (const file of readdirSync(folder)) rmSync(join(folder, file));
        writeFileSync(path, whole);
        truncateSync(path, size);
        const kept = ends.filter((end) => end > 0 && end <= size).length;
        const again = await open(EPOCHS[1]);
        const records = await drain(again.spool);
        expect(records.length).toBe(kept);
        expectContiguous(records);
        expect(again.repairs.length).toBe(ends.includes(size) ? 0 : 1);
      }),
      { numRuns: 60 },
    );
  });

  test('wherever bytes are damaged, sequences stay contiguous and no other record is lost', async () => {
    const { spool } = await open();
    await fill(spool, 12);
    await spool.ack(EPOCHS[0], 1);
    await spool.close();
    const ledger = readFileSync(join(folder, 'ledger.json'));
    const [name = ''] = segmentFiles();
    const path = join(folder, name);
    const whole = readFileSync(path);
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: whole.length - 1 }), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        for (const file of readdirSync(folder)) rmSync(join(folder, file));
        const damaged = Buffer.from(whole);
        damaged[at] = (damaged[at] ?? 0) ^ change;
        writeFileSync(path, damaged);
        writeFileSync(join(folder, 'ledger.json'), ledger);
        const again = await open(EPOCHS[1]);
        const records = await drain(again.spool);
        expect(expectContiguous(records, 2).get(EPOCHS[0])).toBe(12);
        expect(records.filter(({ header }) => header.kind === 'gap').length).toBeLessThanOrEqual(1);
        expect(again.repairs.length).toBe(1);
      }),
      { numRuns: 60 },
    );
  });

  test('records damaged while the agent runs become gaps, and the rest is still sent', async () => {
    const { spool, notices } = await open();
    await fill(spool, 12);
    const [name = ''] = segmentFiles();
    const bytes = readFileSync(join(folder, name));
    const middle = Math.floor(bytes.length / 2);
    bytes[middle] = (bytes[middle] ?? 0) ^ 0xff;
    writeFileSync(join(folder, name), bytes);
    const records = await drain(spool);
    expect(expectContiguous(records).get(EPOCHS[0])).toBe(12);
    expect(records.filter(({ header }) => header.kind === 'gap').length).toBe(1);
    expect(notices.map(({ event }) => event)).toEqual(['spool_repaired']);
    await fill(spool, 2);
    expect(expectContiguous(await drain(spool)).get(EPOCHS[0])).toBe(14);
  });

  test('a lost segment in the middle becomes gap records', async () => {
    const { spool } = await open(EPOCHS[0], { maxBytes: 65_536 });
    await fill(spool, 100);
    const files = segmentFiles();
    expect(files.length).toBeGreaterThan(2);
    rmSync(join(folder, files[1] ?? ''));
    const again = await open(EPOCHS[1], { maxBytes: 65_536 });
    const records = await drain(again.spool);
    expect(expectContiguous(records).get(EPOCHS[0])).toBe(100);
    expect(again.repairs.length).toBe(1);
    expect(again.repairs[0]?.lost_records).toBe(records.filter(({ header }) => header.kind === 'gap').length);
  });

  test('a damaged ledger costs nothing but a repair notice', async () => {
    const first = await open();
    await fill(first.spool, 3);
    await first.spool.close();
    writeFileSync(join(folder, 'ledger.json'), '{"run":');
    const { spool, repairs } = await open(EPOCHS[1]);
    expect(repairs.length).toBe(1);
    expect((await drain(spool)).length).toBe(3);
  });
});

describe('a full spool', () => {
  const SMALL = 65_536;

  const lostSamples = (records: Drained, stream: StreamName) =>
    records
      .flatMap(({ content }) => (content.kind === 'gap' ? content.losses : []))
      .filter((loss) => loss.stream === stream)
      .reduce((sum, loss) => sum + loss.samples, 0);

  const keptSamples = (records: Drained, stream: StreamName) =>
    records.reduce((sum, { content }) => {
      return sum + (content.kind === 'batch' && content.stream === stream ? content.rows : 0);
    }, 0);

  test('stays within its size, drops the least important first, and gaps take exactly the dropped numbers', async () => {
    const { spool, notices } = await open(EPOCHS[0], { maxBytes: SMALL });
    for (let number = 1; number <= 400; number += 1) {
      spool.append(batch(number, number % 4 === 0 ? 'raw' : 'host', 30));
      await spool.flush();
      expect(spool.bytes).toBeLessThanOrEqual(SMALL);
    }
    const records = await drain(spool);
    expect(expectContiguous(records).get(EPOCHS[0])).toBe(400);
    expect(lostSamples(records, 'raw')).toBe(0);
    expect(keptSamples(records, 'raw')).toBe(100 * 30);
    expect(lostSamples(records, 'host')).toBeGreaterThan(0);
    expect(lostSamples(records, 'host') + keptSamples(records, 'host')).toBe(300 * 30);
    expect(notices.filter(({ event }) => event === 'spool_full').length).toBe(1);
  });

  test('a gap tells first and last lost sample of each series', async () => {
    const { spool } = await open(EPOCHS[0], { maxBytes: SMALL });
    await fill(spool, 400, 'phc');
    const gap = (await drain(spool)).find(({ header }) => header.kind === 'gap');
    const content = gap?.content.kind === 'gap' ? gap.content : null;
    expect(content?.losses).toHaveLength(1);
    const first = content?.firstSequence ?? 0;
    const last = gap?.header.sequence ?? 0;
    expect(content?.losses[0]).toMatchObject({
      stream: 'phc',
      reason: 'spool_full',
      samples: 10 * (last - first + 1),
      fromAt: BigInt(first * 1000),
      toAt: BigInt(last * 1000 + 9),
    });
  });

  test('what may have been sent is never dropped, also after a restart', async () => {
    const first = await open(EPOCHS[0], { maxBytes: SMALL });
    await fill(first.spool, 40, 'host');
    const chunk = await first.spool.next(new Map(), 400);
    expect(chunk?.last).toBeGreaterThan(0);
    const { spool } = await open(EPOCHS[1], { maxBytes: SMALL });
    await fill(spool, 500, 'phc');
    const records = await drain(spool);
    const sent = records.filter(({ header }) => header.epoch === EPOCHS[0] && header.sequence <= (chunk?.last ?? 0));
    expect(sent.map(({ header }) => header.kind)).toEqual(sent.map(() => 'batch'));
    expect(records.some(({ header }) => header.epoch === EPOCHS[0] && header.kind === 'gap')).toBe(true);
    expectContiguous(records);
  });

  test('the first event of an epoch stays, other events go last', async () => {
    const { spool } = await open(EPOCHS[0], { maxBytes: SMALL });
    const event = (kind: EventKind) => ({ kind: 'event', event: kind, at: 1n, monoRawNs: 1n, detail: {} }) as const;
    spool.append(event('epoch_started'));
    for (let number = 1; number <= 3000; number += 1) {
      spool.append({ ...event('clock_set'), detail: { filler: 'x'.repeat(200), number } });
      if (number % 10 === 0) await spool.flush();
    }
    const records = await drain(spool);
    expectContiguous(records);
    expect(records[0]?.content).toMatchObject({ kind: 'event', event: 'epoch_started' });
    const lost = records.reduce((sum, { content }) => sum + (content.kind === 'gap' ? content.lostEvents : 0), 0);
    const kept = records.filter(({ content }) => content.kind === 'event').length;
    expect(lost + kept).toBe(3001);
    expect(spool.bytes).toBeLessThanOrEqual(SMALL);
  });
});

describe('a disk that cannot be written', () => {
  class FailingDisk extends NodeDisk {
    freeBytes = Number.POSITIVE_INFINITY;
    failsSync = false;

    override async append(name: string, bytes: Uint8Array): Promise<void> {
      const fits = Math.min(bytes.length, this.freeBytes);
      await super.append(name, bytes.subarray(0, fits));
      this.freeBytes -= fits;
      if (fits < bytes.length)
        throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    }

    override sync(name: string): Promise<void> {
      return this.failsSync ? Promise.reject(new Error('EIO: i/o error, fdatasync')) : super.sync(name);
    }
  }

  test('nothing unsynced is sent; everything is written once there is space, in order and once', async () => {
    const disk = track(new FailingDisk(folder));
    const { spool, notices } = await open(EPOCHS[0], { disk });
    await fill(spool, 3);
    disk.freeBytes = 60;
    await fill(spool, 3);
    expect((await drain(spool)).length).toBe(3);
    expect(spool.isFlushed).toBe(false);
    expect(notices.filter(({ event }) => event === 'spool_failed').length).toBe(1);
    disk.freeBytes = Number.POSITIVE_INFINITY;
    await spool.flush();
    const records = await drain(spool);
    expect(records.map(({ content }) => content)).toEqual([1, 2, 3, 1, 2, 3].map((number) => batch(number)));
    const again = await open(EPOCHS[1]);
    expect(again.repairs).toEqual([]);
    expect(expectContiguous(await drain(again.spool)).get(EPOCHS[0])).toBe(6);
  });

  test('a failed sync counts as not written', async () => {
    const disk = track(new FailingDisk(folder));
    const { spool } = await open(EPOCHS[0], { disk });
    await fill(spool, 2);
    disk.failsSync = true;
    await fill(spool, 1);
    expect((await drain(spool)).length).toBe(2);
    disk.failsSync = false;
    await spool.flush();
    expect(expectContiguous(await drain(spool)).get(EPOCHS[0])).toBe(3);
  });

  test('what does not fit into memory is lost, counted, and told by one gap when writing works again', async () => {
    const disk = track(new FailingDisk(folder));
    const { spool } = await open(EPOCHS[0], { disk });
    await fill(spool, 1);
    disk.freeBytes = 0;
    const large = (number: number) => batch(number, 'raw', 4000);
    for (let number = 2; number <= 41; number += 1) {
      spool.append(large(number));
      await spool.flush();
    }
    disk.freeBytes = Number.POSITIVE_INFINITY;
    await spool.flush();
    const records = await drain(spool);
    expectContiguous(records);
    const gaps = records.flatMap(({ content }) => (content.kind === 'gap' ? [content] : []));
    expect(gaps).toHaveLength(1);
    expect(records[1]?.content.kind).toBe('gap');
    const kept = records.reduce((sum, { content }) => sum + (content.kind === 'batch' ? content.rows : 0), 0);
    expect(gaps[0]?.losses[0]).toMatchObject({ reason: 'not_spooled', fromAt: 2000n });
    expect(kept + (gaps[0]?.losses[0]?.samples ?? 0)).toBe(10 + 40 * 4000);
  });

  test('a record that cannot be encoded is counted as lost and stops nothing', async () => {
    const { spool, notices } = await open();
    const broken: Batch = { ...batch(1, 'phc'), columns: batch(1, 'phc').columns.slice(0, 4) };
    spool.append(broken);
    spool.append(batch(2));
    await spool.flush();
    await spool.flush();
    const records = await drain(spool);
    expect(records.map(({ content }) => content.kind)).toEqual(['batch', 'gap']);
    expect(notices.map(({ event }) => event)).toEqual(['spool_failed']);
  });
});
