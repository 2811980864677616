import { expect, test } from 'vitest';
import { planPower } from './power.ts';

const NOON_MS = 12 * 3_600_000;

test.each([
  ['shutdown -h now', { kind: 'poweroff', delayMs: 0 }],
  ['shutdown -P +5', { kind: 'poweroff', delayMs: 300_000 }],
  ['shutdown', { kind: 'poweroff', delayMs: 60_000 }],
  ['shutdown -r now wall message', { kind: 'reboot', delayMs: 0 }],
  ['shutdown -h 12:01', { kind: 'poweroff', delayMs: 60_000 }],
  ['shutdown 11:59', { kind: 'poweroff', delayMs: 86_340_000 }],
  ['shutdown -c', { kind: 'cancel' }],
  ['shutdown -k now', { kind: 'nothing' }],
  ['shutdown tomorrow', { kind: 'wrong', why: 'Failed to parse time specification: tomorrow' }],
  ['shutdown 25:00', { kind: 'wrong', why: 'Failed to parse time specification: 25:00' }],
  ['poweroff -f', { kind: 'poweroff', delayMs: 0 }],
  ['halt -p', { kind: 'poweroff', delayMs: 0 }],
  ['reboot', { kind: 'reboot', delayMs: 0 }],
  ['reboot -p', { kind: 'poweroff', delayMs: 0 }],
  ['init 0', { kind: 'poweroff', delayMs: 0 }],
  ['telinit 6', { kind: 'reboot', delayMs: 0 }],
  ['init 3', { kind: 'nothing' }],
  ['init', { kind: 'wrong', why: 'Required argument missing or not a run level.' }],
])('"%s" asks for %o', (line, expected) => {
  const [command = '', ...args] = line.split(' ');
  expect(planPower(command, args, NOON_MS)).toEqual(expected);
});
