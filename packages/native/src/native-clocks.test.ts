/** The addon against this machine's real kernel, and against arguments that must not reach it. */
import { closeSync, openSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { afterAll, expect, test } from 'vitest';
import { CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW, CLOCK_REALTIME, phcClockId } from './clock-ids.ts';
import { ClockSetCounter } from './clock-set-counter.ts';
import { ERRNO, errnoName } from './errno.ts';
import { readKernelClock } from './kernel-clock.ts';
import { loadNativeClocks } from './load-addon.ts';
import type { NativeClocks } from './native-clocks.ts';
import { readPtpCaps } from './ptp-caps.ts';

const native = loadNativeClocks();
const nullFd = openSync('/dev/null', 'r');
afterAll(() => closeSync(nullFd));

/** A descriptor that is surely closed. */
const CLOSED_FD = 1_000_000;

test('a triple is ordered, and a later one comes later', () => {
  expect(native.readTriple(CLOCK_REALTIME, 0)).toBe(0);
  expect(native.readTriple(CLOCK_REALTIME, 3)).toBe(0);
  const [before = 0n, , after = 0n, laterBefore = 0n] = native.clockBuffer;
  expect(before).toBeGreaterThan(0n);
  expect(after).toBeGreaterThanOrEqual(before);
  expect(laterBefore).toBeGreaterThanOrEqual(after);
});

test('the clock in the middle is the one asked for', () => {
  const before = BigInt(Date.now());
  expect(native.readTriple(CLOCK_REALTIME, 0)).toBe(0);
  const realtimeNs = native.clockBuffer[1];
  const after = BigInt(Date.now());
  // Date.now() is cut off to whole milliseconds.
  expect(realtimeNs).toBeGreaterThanOrEqual(before * 1_000_000n);
  expect(realtimeNs).toBeLessThan((after + 1n) * 1_000_000n);
  const beforeMonotonic = process.hrtime.bigint();
  expect(native.readTriple(CLOCK_MONOTONIC, 10)).toBe(0);
  expect(native.clockBuffer[11]).toBeGreaterThanOrEqual(beforeMonotonic);
  expect(native.clockBuffer[11]).toBeLessThanOrEqual(process.hrtime.bigint());
});

test('one clock is read into its slot alone, up to the last', () => {
  native.clockBuffer.fill(-1n);
  expect(native.readClock(CLOCK_MONOTONIC_RAW, 255)).toBe(0);
  expect(native.clockBuffer[255]).toBeGreaterThan(0n);
  expect(native.clockBuffer.subarray(0, 255).every((slot) => slot === -1n)).toBe(true);
});

test('a clock that does not exist gives its errno and leaves the slots alone', () => {
  native.clockBuffer.fill(-1n);
  expect(errnoName(native.readTriple(phcClockId(nullFd), 0))).toBe('EINVAL');
  expect(errnoName(native.readTriple(phcClockId(CLOSED_FD), 0))).toBe('EINVAL');
  expect(errnoName(native.readClock(4711, 0))).toBe('EINVAL');
  expect(native.clockBuffer[1]).toBe(-1n);
});

const READS: readonly { name: string; read: (fd: number) => number }[] = [
  { name: 'readPtpCaps', read: (fd) => native.readPtpCaps(fd, new Int32Array(20)) },
  { name: 'readPtpPrecise', read: (fd) => native.readPtpPrecise(fd, new BigInt64Array(5)) },
  { name: 'readPtpExtended', read: (fd) => native.readPtpExtended(fd, CLOCK_REALTIME, new BigInt64Array(77)) },
  {
    name: 'readPtpAttributed',
    read: (fd) => native.readPtpAttributed(fd, CLOCK_REALTIME, new BigInt64Array(9)),
  },
  { name: 'readPtpBasic', read: (fd) => native.readPtpBasic(fd, new BigInt64Array(5)) },
];

test.each(READS)('$name says ENOTTY for a file that is no clock and EBADF for a closed one', ({ read }) => {
  expect(errnoName(read(nullFd))).toBe('ENOTTY');
  expect(errnoName(read(CLOSED_FD))).toBe('EBADF');
});

test('a failed ioctl leaves the output alone', () => {
  const out = new BigInt64Array(5).fill(7n);
  native.readPtpExtended(nullFd, CLOCK_REALTIME, out);
  expect([...out]).toEqual([7n, 7n, 7n, 7n, 7n]);
  expect(readPtpCaps(native, nullFd)).toBe(ERRNO.ENOTTY);
});

test('the kernel discipline has plausible values', () => {
  const kernel = readKernelClock(native);
  if (typeof kernel === 'number') throw new Error(errnoName(kernel));
  // The kernel limits its correction to 500 ppm (MAXFREQ, linux/timex.h).
  expect(Math.abs(kernel.frequencyPpb)).toBeLessThanOrEqual(500_000);
  expect(kernel.maxErrorNs).toBeGreaterThanOrEqual(0);
  expect(kernel.status).toBeGreaterThanOrEqual(0);
  expect([0, 1, 2, 3, 4, 5]).toContain(kernel.state);
  expect(Math.abs(kernel.taiOffsetS)).toBeLessThan(100);
});

test('ethtool gives an errno for an interface without a driver or without a name', () => {
  expect(native.readEthtoolDriver('no-such-if')).toBe(ERRNO.ENODEV);
  expect(native.readEthtoolStats('no-such-if')).toBe(ERRNO.ENODEV);
  expect(native.readEthtoolStats('lo')).toBe(ERRNO.EOPNOTSUPP);
});

test('the watch for clock sets opens, does not block, and is quiet on a quiet clock', () => {
  const counter = new ClockSetCounter(native);
  expect(counter.read()).toBe(0);
  expect(counter.open()).toBe(0);
  expect(counter.read()).toBe(0);
  counter.close();
  expect(native.readClockSetWatch(CLOSED_FD)).toBe(-ERRNO.EBADF);
});

/** Calls with a wrong type, as an untyped caller could make them. */
const anyNative = native as unknown as Record<keyof NativeClocks, (...values: unknown[]) => unknown>;
const out5 = () => new BigInt64Array(5);

const WRONG_TYPES: readonly { call: keyof NativeClocks; values: unknown[] }[] = [
  { call: 'readTriple', values: [] },
  { call: 'readTriple', values: [0] },
  { call: 'readTriple', values: ['0', 0] },
  { call: 'readTriple', values: [0, 0n] },
  { call: 'readClock', values: [{}, 0] },
  { call: 'readPtpCaps', values: [nullFd, new BigInt64Array(20)] },
  { call: 'readPtpCaps', values: ['3', new Int32Array(20)] },
  { call: 'readPtpPrecise', values: [nullFd, new Float64Array(5)] },
  { call: 'readPtpExtended', values: [nullFd, out5()] },
  { call: 'readPtpExtended', values: [nullFd, 0, new DataView(new ArrayBuffer(40))] },
  { call: 'readPtpAttributed', values: [nullFd, 0, new Int32Array(9)] },
  { call: 'readPtpBasic', values: [nullFd, [1n, 2n, 3n, 4n, 5n]] },
  { call: 'readPtpBasic', values: [nullFd, null] },
  { call: 'readAdjtimex', values: [] },
  { call: 'readEthtoolDriver', values: [7] },
  { call: 'readEthtoolStats', values: [] },
  { call: 'readClockSetWatch', values: [] },
];

test.each(WRONG_TYPES)('$call refuses arguments of a wrong type: $values', ({ call, values }) => {
  expect(() => anyNative[call](...values)).toThrow(TypeError);
});

const OUT_OF_RANGE: readonly { call: keyof NativeClocks; values: unknown[] }[] = [
  { call: 'readTriple', values: [0, 254] },
  { call: 'readTriple', values: [0, -1] },
  { call: 'readTriple', values: [0, 0.5] },
  { call: 'readTriple', values: [0, Number.NaN] },
  { call: 'readTriple', values: [0, Number.POSITIVE_INFINITY] },
  { call: 'readTriple', values: [2 ** 31, 0] },
  { call: 'readClock', values: [0, 256] },
  { call: 'readPtpCaps', values: [-1, new Int32Array(20)] },
  { call: 'readPtpCaps', values: [nullFd, new Int32Array(19)] },
  { call: 'readPtpCaps', values: [2 ** 32, new Int32Array(20)] },
  { call: 'readPtpPrecise', values: [nullFd, new BigInt64Array(8)] },
  { call: 'readPtpExtended', values: [nullFd, 0, new BigInt64Array(2)] },
  { call: 'readPtpExtended', values: [nullFd, 0, new BigInt64Array(6)] },
  { call: 'readPtpExtended', values: [nullFd, 0, new BigInt64Array(80)] },
  { call: 'readPtpAttributed', values: [nullFd, 0, new BigInt64Array(5)] },
  { call: 'readPtpBasic', values: [nullFd, new BigInt64Array(0)] },
  { call: 'readPtpBasic', values: [nullFd, new BigInt64Array(2 ** 16)] },
  { call: 'readAdjtimex', values: [new BigInt64Array(5)] },
  { call: 'readEthtoolDriver', values: [''] },
  { call: 'readEthtoolDriver', values: ['sixteen-bytes-ab'] },
  { call: 'readEthtoolStats', values: ['lo\0x'] },
  { call: 'readEthtoolStats', values: ['ä'.repeat(8)] },
];

test.each(OUT_OF_RANGE)('$call refuses values out of range: $values', ({ call, values }) => {
  expect(() => anyNative[call](...values)).toThrow(RangeError);
});

test('an array whose memory was given away is refused, and the clock buffer can lose its view without harm', () => {
  const gone = out5();
  structuredClone(gone.buffer, { transfer: [gone.buffer] });
  expect(() => native.readPtpBasic(nullFd, gone)).toThrow(RangeError);
  const other = loadNativeClocks();
  const moved = other.clockBuffer.buffer.transfer();
  expect(other.clockBuffer).toHaveLength(0);
  expect(other.readClock(CLOCK_REALTIME, 0)).toBe(0);
  expect(new BigInt64Array(moved)[0]).toBeGreaterThan(0n);
});

test('a worker thread has clocks of its own and can end while the addon stays in use', async () => {
  const source = `
    const { parentPort } = require('node:worker_threads');
    import(${JSON.stringify(new URL('./load-addon.ts', import.meta.url).href)}).then(({ loadNativeClocks }) => {
      const native = loadNativeClocks();
      parentPort.postMessage([native.readTriple(0, 0), native.clockBuffer[1] > 0n]);
    });`;
  const worker = new Worker(source, { eval: true });
  const answer = await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  expect(answer).toEqual([0, true]);
  await worker.terminate();
  expect(native.readTriple(CLOCK_REALTIME, 0)).toBe(0);
});
