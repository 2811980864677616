/** Real files that are no PTP clocks, and a stand-in for the ioctls where only their answers matter. */
import { openSync } from 'node:fs';
import { ERRNO, loadNativeClocks, type NativeClocks } from '@ptp-tester/native';
import { expect, test } from 'vitest';
import { openPhcDevice, PhcDevice } from './phc-device.ts';

const CAPS = {
  maxAdjustmentPpb: 0,
  alarms: 0,
  externalTimestamps: 0,
  periodicOutputs: 0,
  pps: false,
  pins: 0,
  crossTimestamping: false,
  extendedAttributes: false,
};

type Answer = readonly bigint[] | number;

/** Answers of the three ioctls, in the order in which they are asked for; the real clocks for everything else. */
function answering(answers: { precise?: Answer[]; attrs?: Answer[]; extended?: Answer[]; basic?: Answer[] }) {
  const asked: string[] = [];
  function answer(method: keyof typeof answers, out: BigInt64Array): number {
    asked.push(method);
    const next = answers[method]?.shift() ?? ERRNO.EOPNOTSUPP;
    if (typeof next === 'number') return next;
    out.set(next);
    return 0;
  }
  const native: NativeClocks = {
    ...loadNativeClocks(),
    readPtpPrecise: (_fd, out) => answer('precise', out),
    readPtpAttributed: (_fd, _clock, out) => {
      out.set([1n, 14_000n], 5);
      return answer('attrs', out);
    },
    readPtpExtended: (_fd, _clock, out) => answer('extended', out),
    readPtpBasic: (_fd, out) => answer('basic', out),
  };
  return { native, asked };
}

function device(native: NativeClocks, promised: Partial<typeof CAPS> = {}): PhcDevice {
  return new PhcDevice({ name: 'ena-ptp-05', fd: 0, caps: { ...CAPS, ...promised } }, native);
}

const VALUES = [10n, 50n, 20n, 21n, 30n];
const READING = { rawBeforeNs: 10n, preNs: 20n, phcNs: 21n, postNs: 30n, rawAfterNs: 50n };

test('a file that is no PTP clock, and one that is not there, give their errno', () => {
  const native = loadNativeClocks();
  expect(openPhcDevice({ path: '/dev/null', name: 'x' }, native)).toEqual({ errno: ERRNO.ENOTTY });
  expect(openPhcDevice({ path: '/dev/ptp-is-not-here', name: 'x' }, native)).toEqual({ errno: ERRNO.ENOENT });
});

test('EXTENDED is read one reading at a time, in the order of the clocks', () => {
  const { native, asked } = answering({ extended: [VALUES, VALUES] });
  expect(device(native).readBurst(2)).toEqual({
    method: 'extended',
    readings: [READING, READING],
    failed: 0,
    errno: 0,
  });
  expect(asked).toEqual(['extended', 'extended']);
});

test('PRECISE is used where the capabilities promise it, and given up where the driver refuses it all the same', () => {
  const promised = answering({ precise: [VALUES] });
  expect(device(promised.native, { crossTimestamping: true }).readBurst(1).method).toBe('precise');
  const broken = answering({ precise: [ERRNO.EOPNOTSUPP], extended: [VALUES] });
  const both = { crossTimestamping: true, extendedAttributes: true };
  expect(device(broken.native, both).readBurst(1)).toMatchObject({ method: 'extended', errno: 0 });
  expect(broken.asked).toEqual(['precise', 'attrs', 'extended']);
});

test('attributes are asked for where the driver gives them, and each reading has its own error bound', () => {
  const { native, asked } = answering({ attrs: [VALUES, ERRNO.EBUSY] });
  expect(device(native, { extendedAttributes: true }).readBurst(2)).toEqual({
    method: 'extended_attrs',
    readings: [{ ...READING, errorBoundNs: 14_000 }],
    failed: 1,
    errno: ERRNO.EBUSY,
  });
  expect(asked).toEqual(['attrs', 'attrs']);
});

test('without attributes the chain goes on to EXTENDED and to the basic method', () => {
  const lacking = { attrs: [ERRNO.ENOTTY], extended: [ERRNO.ENOTTY], basic: [VALUES] };
  const { native, asked } = answering(lacking);
  expect(device(native, { extendedAttributes: true }).readBurst(1)).toMatchObject({ method: 'basic', errno: 0 });
  expect(asked).toEqual(['attrs', 'extended', 'basic']);
});

test('a kernel without EXTENDED is read by the basic method', () => {
  const { native, asked } = answering({ extended: [ERRNO.ENOTTY], basic: [VALUES, VALUES] });
  expect(device(native).readBurst(2)).toMatchObject({ method: 'basic', readings: [READING, READING] });
  expect(asked).toEqual(['extended', 'basic', 'basic']);
});

test('EBUSY ends the burst, keeps what was read, and never changes the method', () => {
  const { native, asked } = answering({ extended: [ERRNO.EBUSY, VALUES, ERRNO.EBUSY] });
  const clock = device(native);
  expect(clock.readBurst(3)).toEqual({ method: 'extended', readings: [], failed: 1, errno: ERRNO.EBUSY });
  expect(clock.readBurst(3)).toEqual({ method: 'extended', readings: [READING], failed: 1, errno: ERRNO.EBUSY });
  expect(asked).toEqual(['extended', 'extended', 'extended']);
});

test('EOPNOTSUPP of a method that has worked is a device in reset, not a lacking method', () => {
  const { native } = answering({ extended: [VALUES, ERRNO.EOPNOTSUPP, VALUES], basic: [VALUES] });
  const clock = device(native);
  clock.readBurst(1);
  expect(clock.readBurst(1)).toMatchObject({ method: 'extended', errno: ERRNO.EOPNOTSUPP });
  expect(clock.readBurst(1)).toMatchObject({ method: 'extended', errno: 0 });
});

test('a device that was in reset when it was opened is read by its best method afterwards', () => {
  const { native } = answering({ extended: [ERRNO.EOPNOTSUPP, VALUES], basic: [ERRNO.EOPNOTSUPP, VALUES] });
  const clock = device(native);
  expect(clock.readBurst(1)).toMatchObject({ readings: [], errno: ERRNO.EOPNOTSUPP });
  expect(clock.readBurst(1)).toMatchObject({ method: 'extended', errno: 0 });
});

test('a closed clock says EBADF and can be closed again', () => {
  const { native } = answering({ extended: [VALUES] });
  const clock = new PhcDevice({ name: 'x', fd: openSync('/dev/null', 'r'), caps: CAPS }, native);
  clock.close();
  clock.close();
  expect(clock.readBurst(1)).toMatchObject({ failed: 1, errno: ERRNO.EBADF });
});
