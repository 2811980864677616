/** The routes that change something: what they pass on, and how they say what is against it. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { INSTANCE_ID, RUN_ID } from '../analysis/made-run.fixture.ts';
import { ConfigError } from '../config/config-error.ts';
import { FleetError } from '../fleet/fleet-error.ts';
import { HeatStrip, type SavedStrip } from '../live/heat-strip.ts';
import { GENERATED_AT } from '../report/made-report.fixture.ts';
import type { ApiDependencies } from './api-dependencies.ts';
import { heatReply } from './heat-reply.ts';
import { type MadeApi, madeApi, TOKEN } from './made-api.fixture.ts';

let api: MadeApi;
const asked: unknown[] = [];
const CHECKED = {
  region: 'us-east-1',
  instance_types: [{ type: 'c7i.large', quantity: 2 }],
  soak_seconds: 3600,
  keep: 'none',
  instance_hours: { soak: 2, at_most: 3.5 },
  warnings: ['no precision-time group'],
};
const acting: Partial<ApiDependencies> = {
  extend: (run, seconds) => {
    asked.push([run, seconds]);
    if (seconds > 3600) throw new FleetError('run_unfit', 'the latest possible end is noon');
    return GENERATED_AT;
  },
  terminate: (run, instance) => asked.push([run, instance]),
  startRun: (text, format) => {
    asked.push([text, format]);
    if (text !== 'good') throw new ConfigError([{ field: 'configuration.yaml, line 1: soak', reason: 'is wrong' }]);
    return Promise.resolve(RUN_ID);
  },
  checkRun: (text, format) => {
    asked.push(['check', text, format]);
    if (text !== 'good') throw new ConfigError([{ field: 'subnet_id', reason: 'is required' }]);
    return Promise.resolve(CHECKED);
  },
};

beforeEach(async () => {
  asked.length = 0;
  api = await madeApi(acting);
});
afterEach(() => api.close());

async function post(path: string, payload: object = {}) {
  const headers = { host: 'localhost', authorization: `Bearer ${TOKEN}` };
  const reply = await api.app.inject({ method: 'POST', url: `/api/v1/runs${path}`, headers, payload });
  return { status: reply.statusCode, body: reply.json() };
}

it('extends a soak by a length of time and says its new end', async () => {
  expect(await post(`/${RUN_ID}/extend`, { duration: '90m' })).toMatchObject({
    status: 409,
    body: { error: { message: 'the latest possible end is noon' } },
  });
  const extended = await post(`/${RUN_ID}/extend`, { duration: '30m' });
  expect(extended).toMatchObject({ status: 200, body: { run: RUN_ID } });
  expect(Date.parse(extended.body.soak_ends_at)).toBe(GENERATED_AT);
  expect(asked).toEqual([
    [RUN_ID, 5400],
    [RUN_ID, 1800],
  ]);
  expect(await post(`/${RUN_ID}/extend`, { duration: 'soon' })).toMatchObject({
    status: 400,
    body: { error: { field: 'duration' } },
  });
});

it('terminates one instance of a run', async () => {
  expect(await post(`/${RUN_ID}/instances/${INSTANCE_ID}/terminate`)).toMatchObject({
    status: 202,
    body: { terminating: true },
  });
  expect(asked).toEqual([[RUN_ID, INSTANCE_ID]]);
});

it('starts a run from a configuration, or says every fault of it', async () => {
  expect(await post('', { configuration: 'good' })).toEqual({ status: 201, body: { run: RUN_ID } });
  expect(asked).toEqual([['good', 'yaml']]);
  expect(await post('', { configuration: 'bad', format: 'json' })).toMatchObject({
    status: 400,
    body: {
      error: { field: 'configuration', problems: [{ field: 'configuration.yaml, line 1: soak', reason: 'is wrong' }] },
    },
  });
});

function strip(bucketCount: number, everyMs: number): SavedStrip {
  const made = new HeatStrip();
  for (let bucket = 0; bucket < bucketCount; bucket++) made.add(GENERATED_AT + bucket * everyMs, bucket);
  const saved = made.save();
  if (saved === null) throw new Error('it has values');
  return saved;
}

it('lays heat strips of different lengths on one axis and loses no peak', () => {
  const strips = new Map([
    ['i-1', strip(2000, 10_000)],
    ['i-2', strip(3, 10_000)],
  ]);
  const instances = [1, 2, 3].map((index) => ({ index, instanceId: index === 3 ? null : `i-${index}` }));
  const heat = heatReply({ run: RUN_ID, name: 'offset', instances, strips, buckets: 100 });
  expect(heat.buckets).toBeLessThanOrEqual(100);
  expect(heat.buckets).toBeGreaterThan(50);
  expect(
    heat.instances.map(({ index, max_abs: row }) => [index, row.length, Math.max(...row.map((one) => one ?? -1))]),
  ).toEqual([
    [1, heat.buckets, 1999],
    [2, heat.buckets, 2],
  ]);
  expect(heat.instances[1]?.max_abs.slice(1).every((value) => value === null)).toBe(true);
  expect(heatReply({ run: RUN_ID, name: 'offset', instances, strips: new Map(), buckets: 9 })).toMatchObject({
    buckets: 0,
    instances: [],
  });
});

it('says what a configuration would start, or everything that is wrong with it, and starts nothing', async () => {
  expect(await post('/check', { configuration: 'good' })).toEqual({ status: 200, body: CHECKED });
  expect(await post('/check', { configuration: 'bad', format: 'json' })).toMatchObject({
    status: 400,
    body: { error: { problems: [{ field: 'subnet_id' }] } },
  });
  expect(asked).toEqual([
    ['check', 'good', 'yaml'],
    ['check', 'bad', 'json'],
  ]);
});
