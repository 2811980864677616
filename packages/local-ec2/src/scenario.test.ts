import { expect, test } from 'vitest';
import { parseConditions, parseOrder, parseScenario } from './scenario.ts';

test('a faults file is a list of faults or a whole scenario', () => {
  expect(parseScenario('[{"action":"RunInstances","code":"A"}]')).toEqual({
    faults: [{ action: 'RunInstances', code: 'A' }],
  });
  const scenario = {
    conditions: { capacity: [{ instanceType: 'm7i.*', available: 0 }], vcpuQuota: null },
    schedule: [{ afterMs: 5, conditions: { capacity: null }, orders: [{ do: 'announce', instances: '*' }] }],
  };
  expect(parseScenario(JSON.stringify(scenario))).toEqual(scenario);
});

test.each([
  ['{', 'not JSON'],
  ['5', 'must be an object'],
  ['{"fault":[]}', 'unknown field fault (there are: faults, conditions, schedule)'],
  ['{"conditions":{"capacity":[{"available":"3"}]}}', 'conditions.capacity[0].available: must be a whole number'],
  ['{"conditions":{"capacity":[{}]}}', 'conditions.capacity[0]: available is missing'],
  ['{"conditions":{"late":{"tagsMs":-1}}}', 'conditions.late.tagsMs: must be a whole number'],
  ['{"conditions":{"credentials":[{"code":"Tired"}]}}', "must be 'RequestExpired' or 'ExpiredToken' or 'AuthFailure'"],
  ['{"conditions":{"failedLaunches":[{"encrypted":"yes"}]}}', 'encrypted: must be true or false'],
  ['{"schedule":[{}]}', 'schedule[0]: afterMs is missing'],
  [
    '{"schedule":[{"afterMs":1,"orders":[{"do":"explode","instances":"*"}]}]}',
    "schedule[0].orders[0].do: must be 'terminate'",
  ],
  ['{"faults":[{"action":"A","where":{"InstanceType":5}}]}', 'faults[0].where: must be an object of texts'],
  [`{"faults":[${'{"action":"A"},'.repeat(1000)}{"action":"A"}]}`, 'faults: has more than 1000 items'],
])('%.60s is refused: %s', (text, expected) => {
  expect(parseScenario(text)).toContain(expected);
});

test('changes and orders are checked alike', () => {
  expect(parseConditions('{"vcpuQuota":8}')).toEqual({ change: { vcpuQuota: 8 } });
  expect(parseConditions('{"colour":8}')).toContain('unknown field colour');
  expect(parseOrder('{"do":"stop","instances":"*"}')).toEqual({ order: { do: 'stop', instances: '*' } });
  expect(parseOrder('{"do":"stop"}')).toBe('instances is missing');
});
