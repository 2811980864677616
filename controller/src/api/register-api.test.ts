import type { TSchema } from 'typebox';
import Value from 'typebox/value';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BOOTED_AT, INSTANCE_ID, RUN_ID } from '../analysis/made-run.fixture.ts';
import { FleetError } from '../fleet/fleet-error.ts';
import { Report } from '../report/report-schema.ts';
import { StoreError } from '../store/store-error.ts';
import { EMPTY_RUN_ID, type MadeApi, madeApi, TOKEN } from './made-api.fixture.ts';
import {
  EnvelopeReply,
  ErrorReply,
  EventsReply,
  HealthReply,
  InstanceList,
  KeepReply,
  RawReply,
  RunList,
  StopReply,
} from './schemas.ts';

const RUN = `/api/v1/runs/${RUN_ID}`;
const SAMPLES = `${RUN}/instances/${INSTANCE_ID}/samples`;
const RAW = `${RUN}/instances/${INSTANCE_ID}/raw`;
const HEADERS = { authorization: `Bearer ${TOKEN}`, host: '127.0.0.1:7601' };

let api: MadeApi;

beforeEach(async () => {
  api = await madeApi();
});
afterEach(() => api.close());

async function get(url: string, headers: Record<string, string> = HEADERS) {
  const response = await api.app.inject({ method: 'GET', url, headers });
  return { status: response.statusCode, headers: response.headers, text: response.body };
}

async function getJson<S extends TSchema>(url: string, schema: S) {
  const { status, text } = await get(url);
  expect(status).toBe(200);
  const body: unknown = JSON.parse(text);
  expect([...Value.Errors(schema, body)]).toEqual([]);
  return Value.Parse(schema, body);
}

async function errorOf(url: string, headers = HEADERS as Record<string, string>) {
  const { status, text } = await get(url, headers);
  const { error } = Value.Parse(ErrorReply, JSON.parse(text));
  return [status, error.code, error.field ?? null];
}

describe('guards', () => {
  it.each(['/api/v1/runs', RUN, `${RUN}/report`, SAMPLES, '/metrics', '/nowhere'])(
    'wants a token for %s',
    async (url) => {
      expect(await errorOf(url, { host: 'localhost' })).toEqual([401, 'unauthorized', 'authorization']);
      const { headers } = await get(url, { host: 'localhost' });
      expect(headers['www-authenticate']).toContain('Bearer');
    },
  );

  it('answers no other host and no other origin, with the token or without', async () => {
    expect(await errorOf('/api/v1/runs', { ...HEADERS, host: 'evil.example' })).toEqual([
      403,
      'forbidden_host',
      'host',
    ]);
    expect(await errorOf('/', { host: 'evil.example' })).toEqual([403, 'forbidden_host', 'host']);
    expect(await errorOf('/api/v1/runs', { ...HEADERS, origin: 'http://evil.example' })).toEqual([
      403,
      'forbidden_origin',
      'origin',
    ]);
  });

  it('stops nothing without the token', async () => {
    const response = await api.app.inject({ method: 'POST', url: `${RUN}/stop`, headers: { host: 'localhost' } });
    expect([response.statusCode, api.stopped]).toEqual([401, []]);
  });

  it('shows the landing page, health and OpenAPI without a token', async () => {
    expect((await get('/', { host: 'localhost' })).text).toContain('/openapi.json');
    expect((await get('/healthz', { host: '10.0.0.9' })).status).toBe(200);
    expect((await get('/openapi.json', { host: 'localhost' })).status).toBe(200);
  });
});

describe('runs', () => {
  it('lists runs, newest first', async () => {
    const { runs } = await getJson('/api/v1/runs', RunList);
    expect(runs.map(({ id, state, agents_connected }) => [id, state, agents_connected])).toEqual([
      [EMPTY_RUN_ID, 'ended', 0],
      [RUN_ID, 'soaking', 1],
    ]);
  });

  it('lists the instances of a run with what their agents do now', async () => {
    const { instances } = await getJson(`${RUN}/instances`, InstanceList);
    expect(instances).toMatchObject([
      {
        instance_id: INSTANCE_ID,
        instance_index: 1,
        state: 'measuring',
        connected: true,
        last_contact_at: '2025-11-20T23:18:49.500000000Z',
        samples_stored: 147,
        ptp_status: { clock_device: '/dev/ptp0', diagnostic_output: { 'chronyc tracking': expect.any(String) } },
      },
    ]);
  });

  it('has one list of the events of agents and controller, filtered by instance and severity, newest kept', async () => {
    const { events, total } = await getJson(`${RUN}/events`, EventsReply);
    expect([total, events.map(({ event, owner }) => [event, owner])]).toEqual([
      4,
      [
        ['epoch_started', 'agent'],
        ['spool_full', 'agent'],
        ['measuring_finished', 'agent'],
        ['instance_silent', 'controller'],
      ],
    ]);
    const errors = await getJson(`${RUN}/events?severity=error&instance=${INSTANCE_ID}`, EventsReply);
    expect(errors.events.map(({ event }) => event)).toEqual(['spool_full']);
    const newest = await getJson(`${RUN}/events?limit=1`, EventsReply);
    expect([newest.total, newest.events.map(({ event }) => event)]).toEqual([4, ['instance_silent']]);
    expect((await getJson(`/api/v1/runs/${EMPTY_RUN_ID}/events`, EventsReply)).total).toBe(0);
  });

  it('gives the report as JSON and as Markdown', async () => {
    const report = await getJson(`${RUN}/report`, Report);
    expect(report.results[0]?.ptp_status?.diagnostic_output).toHaveProperty('chronyc tracking');
    const markdown = await get(`${RUN}/report?format=markdown`);
    expect(markdown.headers['content-type']).toBe('text/markdown; charset=utf-8');
    expect(markdown.text).toMatch(/^# PTP test report: run /);
  });

  it('gives the report as a page in which nothing runs, as a table, and for CI', async () => {
    const page = await get(`${RUN}/report?format=html`);
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.headers['content-security-policy']).toMatch(/^default-src 'none'; .*frame-ancestors 'none'$/);
    expect(page.text).toContain('<svg');
    const csv = await get(`${RUN}/report?format=csv`);
    const [header = '', first = ''] = csv.text.split('\r\n');
    expect(header).toMatch(/^name,instance_id,instance_type,.*,offset_p99_abs_ns,/);
    expect(first.split(',')).toHaveLength(header.split(',').length);
    expect(first).toContain(INSTANCE_ID);
    expect((await get(`${RUN}/report?format=junit`)).text).toMatch(/^<\?xml .*\n<testsuites /);
    expect((await get(`${RUN}/report?format=pdf`)).status).toBe(400);
  });

  it('stops a run, with a reason or without, and not twice', async () => {
    const post = (url: string, payload?: object) =>
      api.app.inject({ method: 'POST', url, headers: HEADERS, ...(payload === undefined ? {} : { payload }) });
    const first = await post(`${RUN}/stop`, { reason: 'seen enough' });
    expect([first.statusCode, Value.Parse(StopReply, first.json())]).toEqual([
      202,
      { run: RUN_ID, stopping: true, reason: 'seen enough' },
    ]);
    expect((await post(`${RUN}/stop`)).statusCode).toBe(202);
    expect(api.stopped).toEqual([`${RUN_ID} seen enough`, `${RUN_ID} stopped through the API`]);
    expect((await post(`/api/v1/runs/${EMPTY_RUN_ID}/stop`)).statusCode).toBe(409);
    expect((await post(`${RUN}/stop`, { reason: 'x'.repeat(201) })).statusCode).toBe(400);
  });

  it('passes on which instances stay, and says what is wrong with a selection', async () => {
    const asked: string[] = [];
    const keeping = await madeApi({
      keep: (run, selection) => {
        asked.push(`${run} ${selection}`);
        if (selection === '9') throw new FleetError('keep_invalid', '"9" cannot be kept: there is no instance 9');
        if (selection === 'none') throw new FleetError('run_unfit', 'the run is soaking');
        return [1, 3];
      },
    });
    const post = (selection: string) =>
      keeping.app.inject({ method: 'POST', url: `${RUN}/keep`, headers: HEADERS, payload: { selection } });
    const kept = await post('1,3');
    expect([kept.statusCode, Value.Parse(KeepReply, kept.json())]).toEqual([200, { run: RUN_ID, indexes: [1, 3] }]);
    expect((await post('9')).json()).toMatchObject({
      error: { field: 'selection', message: expect.stringMatching(/no instance 9/) },
    });
    expect((await post('none')).statusCode).toBe(409);
    expect(asked).toEqual([`${RUN_ID} 1,3`, `${RUN_ID} 9`, `${RUN_ID} none`]);
    await keeping.close();
  });
});

describe('samples', () => {
  it('downsamples a column to minimum, maximum and mean of each bucket', async () => {
    const url = `${SAMPLES}?stream=phc&column=offset_ns&points=3`;
    const reply = await getJson(url, EnvelopeReply);
    expect([reply.unit, reply.origin_value, reply.count.reduce((sum, n) => sum + n)]).toEqual(['ns', '0', 120]);
    expect([reply.min, reply.max]).toEqual([
      [-30, -30, -30],
      [50, 50, 50],
    ]);
    expect(reply.at[0]).toBe(BOOTED_AT.toString());
  });

  it('gives raw rows page by page, every row once, with 64-bit values as text', async () => {
    const pages: RawPages = [];
    for (let url: string | null = `${RAW}?stream=phc&limit=50`; url !== null; ) {
      const page: (typeof pages)[number] = await getJson(url, RawReply);
      pages.push(page);
      url = page.next_cursor === null ? null : `${RAW}?stream=phc&limit=50&cursor=${page.next_cursor}`;
    }
    expect(pages.map(({ rows }) => rows)).toEqual([50, 50, 20]);
    const [first] = pages;
    const names = first?.columns.map(({ name }) => name) ?? [];
    const mono = pages.flatMap(({ values }) => values[names.indexOf('mono_raw_ns')] ?? []);
    expect(mono).toEqual(Array.from({ length: 120 }, (_, i) => String(i * 250_000_000)));
    expect(first?.values[names.indexOf('offset_ns')]?.slice(0, 3)).toEqual([-30, 50, -30]);
    expect(first?.records).toEqual([{ epoch: '00000000000000aa', sequence: 2, rows: 50, interval_ns: 250_000_000 }]);
  });

  it('keeps to the range, the beginning included and the end not', async () => {
    const range = `from=${BOOTED_AT + 1_000_000_000n}&to=${BOOTED_AT + 3_000_000_000n}`;
    const { values, rows } = await getJson(`${RAW}?stream=raw&${range}`, RawReply);
    expect([rows, values[1]]).toEqual([2, ['1000000000', '2000000000']]);
  });

  it('has an empty envelope and an empty page for a stream without samples', async () => {
    const { at } = await getJson(`${SAMPLES}?stream=chrony&column=skew_ppb`, EnvelopeReply);
    const { rows, next_cursor } = await getJson(`${RAW}?stream=chrony`, RawReply);
    expect([at, rows, next_cursor]).toEqual([[], 0, null]);
  });

  it.each([
    [`${SAMPLES}?column=offset_ns`, 'stream'],
    [`${SAMPLES}?stream=nothing&column=offset_ns`, 'stream'],
    [`${SAMPLES}?stream=phc`, 'column'],
    [`${SAMPLES}?stream=phc&column=nothing`, 'column'],
    [`${SAMPLES}?stream=phc&column=offset_ns&points=0`, 'points'],
    [`${SAMPLES}?stream=phc&column=offset_ns&points=many`, 'points'],
    [`${SAMPLES}?stream=phc&column=offset_ns&point=7`, 'point'],
    [`${SAMPLES}?stream=phc&column=offset_ns&from=yesterday`, 'from'],
    [`${SAMPLES}?stream=phc&column=offset_ns&from=9999999999999999999`, 'from'],
    [`${SAMPLES}?stream=phc&column=offset_ns&from=5&to=5`, 'from'],
    [`${RAW}?stream=phc&limit=50001`, 'limit'],
    [`${RAW}?stream=phc&cursor=7`, 'cursor'],
    [`${RAW}?stream=phc&cursor=00000000000000ff.1.0`, 'cursor'],
    [`${RUN}/events?severity=loud`, 'severity'],
    [`${RUN}/report?format=pdf`, 'format'],
    ['/api/v1/runs/..%2f..%2fetc', 'run'],
    [`${RUN}/instances/i-xyz/samples?stream=phc&column=offset_ns`, 'instance'],
  ])('refuses %s and names the parameter %s', async (url, field) => {
    expect(await errorOf(url)).toEqual([400, 'bad_request', field]);
  });
});

describe('what is not there', () => {
  it('says how run ids look where something else is given', async () => {
    expect((await get('/api/v1/runs/nope', HEADERS)).text).toContain('they look like 20261120-231757-k3f9');
  });

  const unknown = '/api/v1/runs/20200101-000000-zzzz';

  it.each([
    [unknown, 'run'],
    [`${unknown}/instances`, 'run'],
    [`${unknown}/events`, 'run'],
    [`${unknown}/report`, 'run'],
    [`${unknown}/instances/${INSTANCE_ID}/raw?stream=phc`, 'run'],
    [`${RUN}/instances/i-00000000/samples?stream=phc&column=offset_ns`, 'instance'],
    [`/api/v1/runs/${EMPTY_RUN_ID}/instances/${INSTANCE_ID}/raw?stream=phc`, 'instance'],
    ['/api/v2/runs', null],
  ])('has no %s', async (url, field) => {
    expect(await errorOf(url)).toEqual([404, 'not_found', field]);
  });
});

describe('failures', () => {
  it('says that the samples cannot be read when the store fails, and keeps its own faults to the log', async () => {
    const logged: string[] = [];
    const other = await madeApi({
      log: { error: ({ err, route }: { err: Error; route: string }) => logged.push(`${route} ${err.message}`) },
      openReader: () => {
        throw new StoreError('damaged', 'page 7');
      },
      report: () => Promise.reject(new Error('secret path /home/x')),
      health: () => ({ store: 'failing', storeReason: 'full: no space left', disk: null }),
    });
    const samples = await other.app.inject({ url: `${RAW}?stream=phc`, headers: HEADERS });
    const report = await other.app.inject({ url: `${RUN}/report`, headers: HEADERS });
    const health = await other.app.inject({ url: '/healthz', headers: { host: 'localhost' } });
    await other.close();
    expect([samples.statusCode, samples.json().error.code]).toEqual([503, 'unavailable']);
    expect([report.statusCode, report.json().error.code]).toEqual([500, 'internal']);
    expect(report.body).not.toContain('secret');
    expect(logged).toEqual([
      '/api/v1/runs/:run/instances/:instance/raw damaged: page 7',
      '/api/v1/runs/:run/report secret path /home/x',
    ]);
    expect(health.statusCode).toBe(503);
    expect(Value.Parse(HealthReply, health.json()).store).toEqual({ status: 'failing', reason: 'full: no space left' });
  });
});

it('describes every route in OpenAPI', async () => {
  const { text } = await get('/openapi.json');
  expect(Object.keys(JSON.parse(text).paths).sort()).toEqual([
    '/api/v1/prune',
    '/api/v1/runs',
    '/api/v1/runs/check',
    '/api/v1/runs/{run}',
    '/api/v1/runs/{run}/events',
    '/api/v1/runs/{run}/extend',
    '/api/v1/runs/{run}/heat',
    '/api/v1/runs/{run}/instances',
    '/api/v1/runs/{run}/instances/{instance}/raw',
    '/api/v1/runs/{run}/instances/{instance}/samples',
    '/api/v1/runs/{run}/instances/{instance}/series',
    '/api/v1/runs/{run}/instances/{instance}/terminate',
    '/api/v1/runs/{run}/keep',
    '/api/v1/runs/{run}/overview',
    '/api/v1/runs/{run}/report',
    '/api/v1/runs/{run}/stop',
    '/api/v1/session',
    '/healthz',
    '/metrics',
  ]);
});

it('hands out the metrics as Prometheus reads them', async () => {
  const { text, headers } = await get('/metrics');
  expect(headers['content-type']).toContain('text/plain; version=0.0.4');
  expect(text).toBe('# HELP ptp_tester_info Always 1\n');
});

type RawPages = ReturnType<typeof Value.Parse<typeof RawReply>>[];
