import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { planUserData } from './user-data.ts';

test.each([
  ['#!/bin/sh\necho', ['/bin/sh']],
  ['#! /usr/bin/env -S bash -x \necho', ['/usr/bin/env', '-S bash -x']],
])('%j is a script for %o', (text, interpreter) => {
  expect(planUserData(Buffer.from(text))).toMatchObject({ kind: 'script', interpreter });
});

test('packed user data is unpacked', () => {
  const plan = planUserData(gzipSync('#!/bin/sh\necho'));
  expect(plan.kind === 'script' && Buffer.from(plan.text).toString()).toBe('#!/bin/sh\necho');
});

test('what cloud-init would not run as a script is not run, and the reason is said', () => {
  expect(planUserData(undefined)).toEqual({ kind: 'none' });
  expect(planUserData(Buffer.from('#cloud-config\n'))).toMatchObject({ kind: 'ignored' });
  expect(planUserData(Buffer.from('echo hello'))).toMatchObject({ kind: 'ignored' });
  expect(planUserData(Buffer.from([0x1f, 0x8b, 1]))).toMatchObject({ kind: 'ignored' });
  expect(planUserData(gzipSync(Buffer.alloc(5 * 1024 * 1024)))).toMatchObject({ kind: 'ignored' });
});
