import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatInet6, readAddress, refidOfText, refidText } from './address.ts';

it.each([
  [[0x2001, 0xdb8, 0, 0, 1, 0, 0, 1], '2001:db8::1:0:0:1'],
  [[0, 0, 0, 0, 0, 0, 0, 1], '::1'],
  [[0, 0, 0, 0, 0, 0, 0, 0], '::'],
  [[0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x123], 'fd00:ec2::123'],
  [[1, 0, 3, 4, 5, 6, 7, 8], '1:0:3:4:5:6:7:8'],
])('IPv6 groups %j are printed as %s', (groups, text) => {
  expect(formatInet6(groups)).toBe(text);
});

it('an unresolved source has its number as a name', () => {
  const view = new DataView(new ArrayBuffer(20));
  view.setUint32(0, 3);
  view.setUint16(16, 3);
  expect(readAddress(view, 0)).toBe('ID#0000000003');
});

it('reference IDs of four letters are the same there and back', () => {
  fc.assert(fc.property(fc.stringMatching(/^[A-Z0-9]{1,4}$/), (text) => refidText(refidOfText(text)) === text));
});

it('the local reference has no text', () => {
  expect(refidText(0x7f7f0101)).toBe('');
});
