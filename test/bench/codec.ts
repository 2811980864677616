/** What the record codec costs and saves, on the noise model of `phc-noise-model.ts`, beside JSON and MessagePack in the same run. */
import { crc32, constants as zlib, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { decode as decodeMessagePack, encode as encodeMessagePack } from '@msgpack/msgpack';
import type { Batch, ColumnValues } from '@ptp-tester/measurement';
import { type CodecEnvironment, decodeRecord, encodeRecord, readRecordHeader } from '@ptp-tester/wire';
import { type BenchResult, compared } from './bench-result.ts';
import { entropyPerSampleBytes, MODEL_SEED, makePhcBatches } from './phc-noise-model.ts';

const BATCHES = 500;
const ROWS = 60;
const SAMPLES = BATCHES * ROWS;
const EPOCH = '0123456789abcdef';
/** The best of so many rounds counts: the others show what else the machine did. */
const ROUNDS = 25;
const GOAL_RATIO = 1.15;

const env: CodecEnvironment = {
  crc32,
  compress: (bytes) => zstdCompressSync(bytes),
  decompress: (bytes, maxLength) =>
    zstdDecompressSync(bytes, { maxOutputLength: maxLength, params: { [zlib.ZSTD_d_windowLogMax]: 20 } }),
};

/** One way to turn a batch into bytes and back. */
interface Format {
  readonly name: string;
  encode(batch: Batch, sequence: number): Uint8Array;
  decode(bytes: Uint8Array): unknown;
}

const record: Format = {
  name: 'record codec',
  encode: (batch, sequence) => encodeRecord({ epoch: EPOCH, sequence }, batch, env),
  decode: (bytes) => decodeRecord(bytes, env),
};

const text = new TextEncoder();
const parser = new TextDecoder();

/** Columns as arrays, 64-bit integers as decimal text: JSON numbers would be wrong by up to 128 ns. */
const json: Format = {
  name: 'JSON',
  encode: (batch, sequence) =>
    text.encode(JSON.stringify({ epoch: EPOCH, sequence, ...batch, columns: plain(batch, String) })),
  decode: (bytes) => {
    const value = JSON.parse(parser.decode(bytes)) as { columns: (string | number)[][] };
    return value.columns.map((column) => (typeof column[0] === 'string' ? BigInt64Array.from(column, BigInt) : column));
  },
};

/** Columns as arrays, 64-bit integers as int64. */
const messagePack: Format = {
  name: 'MessagePack',
  encode: (batch, sequence) =>
    encodeMessagePack(
      { epoch: EPOCH, sequence, ...batch, columns: plain(batch, (value) => value) },
      { useBigInt64: true },
    ),
  decode: (bytes) => decodeMessagePack(bytes, { useBigInt64: true }),
};

function plain(batch: Batch, of64Bits: (value: bigint) => unknown): unknown[] {
  return batch.columns.map((column: ColumnValues) =>
    column instanceof BigInt64Array || column instanceof BigUint64Array
      ? Array.from(column as BigInt64Array, of64Bits)
      : Array.from(column),
  );
}

interface Measured {
  readonly format: Format;
  readonly encodePerSecond: number;
  readonly decodePerSecond: number;
  readonly bytesPerSample: number;
}

function measure(format: Format, batches: readonly Batch[]): Measured {
  const encoded = batches.map((batch, index) => format.encode(batch, index + 1));
  const encodeS = bestSeconds(() => {
    for (const [index, batch] of batches.entries()) format.encode(batch, index + 1);
  });
  const decodeS = bestSeconds(() => {
    for (const bytes of encoded) format.decode(bytes);
  });
  const bytes = encoded.reduce((sum, one) => sum + one.length, 0);
  return {
    format,
    encodePerSecond: SAMPLES / encodeS,
    decodePerSecond: SAMPLES / decodeS,
    bytesPerSample: bytes / SAMPLES,
  };
}

function bestSeconds(work: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.hrtime.bigint();
    work();
    best = Math.min(best, Number(process.hrtime.bigint() - start) / 1e9);
  }
  return best;
}

/** Bytes per sample without head and checksum: what grows with the samples, and what entropy speaks of. */
function bodyBytesPerSample(batches: readonly Batch[]): number {
  const bytes = batches.map((batch, index) => readRecordHeader(record.encode(batch, index + 1)).bodyBytes);
  return bytes.reduce((sum, one) => sum + one, 0) / SAMPLES;
}

/** Measures encoding, decoding and size of 60-sample phc batches. */
export function benchCodec(): Promise<BenchResult[]> {
  const batches = makePhcBatches(BATCHES, ROWS);
  const own = measure(record, batches);
  const others = [json, messagePack].map((format) => measure(format, batches));
  return Promise.resolve([...sizeResults(own, batches), ...others.flatMap((other) => comparisons(own, other))]);
}

function sizeResults(own: Measured, batches: readonly Batch[]): BenchResult[] {
  const entropy = { name: 'entropy of the model', value: entropyPerSampleBytes(), unit: 'bytes/sample' };
  const body = bodyBytesPerSample(batches);
  const note = `${ROWS}-sample phc batches, noise model of test/bench/phc-noise-model.ts, seed ${MODEL_SEED}`;
  return [
    compared(
      {
        name: 'codec: body of a phc sample',
        value: body,
        unit: 'bytes/sample',
        goal: `<= ${GOAL_RATIO} x entropy`,
        met: body <= GOAL_RATIO * entropy.value,
        note: `${note}; without head and checksum, with the base and parameters of every column`,
      },
      entropy,
    ),
    compared(
      { name: 'codec: whole record of a phc sample', value: own.bytesPerSample, unit: 'bytes/sample', note },
      entropy,
    ),
  ];
}

function comparisons(own: Measured, other: Measured): BenchResult[] {
  const { name } = other.format;
  const result = (what: string, unit: string, figure: (measured: Measured) => number): BenchResult =>
    compared(
      { name: `codec: ${what} against ${name}`, value: figure(own), unit },
      { name: `${name}: ${what}`, value: figure(other), unit },
    );
  return [
    result('size', 'bytes/sample', (measured) => measured.bytesPerSample),
    result('encoding', 'samples/s', (measured) => measured.encodePerSecond),
    result('decoding', 'samples/s', (measured) => measured.decodePerSecond),
  ];
}
