import { expect, test } from 'vitest';
import { FaultList, parseFaults } from './faults.ts';

test('a fault waits for its action, lets the skipped ones pass, and is used up', () => {
  const list = new FaultList();
  list.add([{ action: 'RunInstances', code: 'A', skip: 1, times: 2 }]);
  const codes = ['DescribeInstances', 'RunInstances', 'RunInstances', 'RunInstances', 'RunInstances'].map(
    (action) => list.take(action)?.code,
  );
  expect(codes).toEqual([undefined, undefined, 'A', 'A', undefined]);
  expect(list.size).toBe(0);
});

test('a star stands for every action, and faults apply in their order', () => {
  const list = new FaultList();
  list.add([
    { action: '*', code: 'A' },
    { action: 'GetParameter', code: 'B' },
  ]);
  expect([list.take('GetParameter')?.code, list.take('GetParameter')?.code]).toEqual(['A', 'B']);
});

test.each([
  ['{', 'not JSON'],
  ['{}', 'faults: must be a list'],
  ['[1]', 'faults[0]: must be an object'],
  ['[{"code":"A"}]', 'faults[0]: action is missing'],
  ['[{"action":"A"},{"action":"A","colour":1}]', 'faults[1]: unknown field colour'],
  ['[{"action":"A","times":"2"}]', 'faults[0].times: must be a whole number'],
  ['[{"action":"A","times":-1}]', 'faults[0].times: must be a whole number'],
  ['[{"action":"A","reset":"now"}]', "faults[0].reset: must be 'before' or 'after'"],
])('the faults %s are refused: %s', (text, expected) => {
  expect(parseFaults(text)).toContain(expected);
});

test('a fault with parameters waits for a request that has them', () => {
  const list = new FaultList();
  list.add([{ action: 'RunInstances', code: 'A', where: { InstanceType: 'm7i.*' } }]);
  const codes = ['c7i.large', undefined, 'm7i.large'].map((type) => list.take('RunInstances', () => type)?.code);
  expect(codes).toEqual([undefined, undefined, 'A']);
});

test('good faults are taken as they are', () => {
  expect(parseFaults('[{"action":"A","status":503,"delayMs":5,"reset":"after"}]')).toEqual([
    { action: 'A', status: 503, delayMs: 5, reset: 'after' },
  ]);
});
