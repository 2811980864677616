/** The live socket over real sockets: what a watcher is told, when, and who may watch. */
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { INSTANCE_ID, RUN_ID } from '../analysis/made-run.fixture.ts';
import { packFigures, TRACKED, type TrackedFigures } from '../live/tracked-figures.ts';
import { GENERATED_AT } from '../report/made-report.fixture.ts';
import { LiveClient } from './live-client.ts';
import { type MadeApi, madeApi, TOKEN } from './made-api.fixture.ts';

type Message = Record<string, unknown> & { readonly type: string; readonly instances?: Record<string, unknown>[] };

/** A socket whose messages are taken one after another. */
class Watcher {
  readonly socket: WebSocket;
  readonly #messages: Message[] = [];
  #arrived = Promise.withResolvers<void>();

  constructor(url: string, headers: Record<string, string> = { authorization: `Bearer ${TOKEN}` }) {
    this.socket = new WebSocket(url, { headers });
    this.socket.on('message', (data) => {
      this.#messages.push(JSON.parse(String(data)));
      this.#arrived.resolve();
    });
  }

  /** The next message of this type; others before it are passed over. */
  async next(type: string): Promise<Message> {
    for (;;) {
      const message = this.#messages.shift();
      if (message?.type === type) return message;
      if (message !== undefined) continue;
      await this.#arrived.promise;
      this.#arrived = Promise.withResolvers<void>();
    }
  }

  watch(run: string | null, instance: string | null = null): void {
    this.socket.send(JSON.stringify({ type: 'watch', run, instance }));
  }
}

let api: MadeApi;
let url: string;
const watchers: Watcher[] = [];

beforeEach(async () => {
  api = await madeApi();
  url = `${(await api.app.listen({ port: 0, host: '127.0.0.1' })).replace('http', 'ws')}/api/v1/live`;
});
afterEach(async () => {
  for (const { socket } of watchers.splice(0)) socket.terminate();
  await api.close();
});

async function open(headers?: Record<string, string>): Promise<Watcher> {
  const watcher = new Watcher(url, headers);
  watchers.push(watcher);
  await once(watcher.socket, 'open');
  return watcher;
}

/** The code with which the socket could not be opened. */
async function refusal(headers: Record<string, string>): Promise<number> {
  const watcher = new Watcher(url, headers);
  const [, response] = await once(watcher.socket, 'unexpected-response');
  return response.statusCode;
}

function tell(figures: Partial<TrackedFigures>): void {
  const values = new Float64Array(TRACKED.length);
  const none = Object.fromEntries(TRACKED.map((name) => [name, null])) as TrackedFigures;
  packFigures({ ...none, lastReceivedAtMs: GENERATED_AT, ...figures }, { values, row: 0 });
  api.deps.figures.takeRows({ run: RUN_ID, instanceIds: [INSTANCE_ID], values });
}

describe('the live socket', () => {
  it('goes on when the runs cannot be read at one beat: the controller does not end of it', async () => {
    const watcher = await open();
    await watcher.next('runs');
    const read = vi.spyOn(api.deps.runs, 'runs').mockImplementationOnce(() => {
      throw new Error('the control database is busy');
    });
    api.deps.runs.updateRun(RUN_ID, { state: 'finishing' });
    const { runs } = await watcher.next('runs');
    expect(JSON.stringify(runs)).toContain('finishing');
    expect(read.mock.results.map(({ type }) => type)).toEqual(['throw', 'return']);
  });

  it('says hello, which runs there are, and everything of the run that is watched', async () => {
    tell({ offsetLastNs: 120, eventsError: 1 });
    const watcher = await open();
    expect(await watcher.next('hello')).toMatchObject({ version: '0.1.0' });
    expect((await watcher.next('runs'))['runs']).toHaveLength(2);
    watcher.watch(RUN_ID);
    const { events } = (await watcher.next('events')) as unknown as { events: { event: string }[] };
    expect(events.map(({ event }) => event)).toContain('instance_silent');
    const overview = await watcher.next('overview');
    expect(overview).toMatchObject({ run: RUN_ID });
    expect(overview.instances).toEqual([
      expect.objectContaining({ index: 1, connected: true, offset_last_ns: 120, events_error: 1, events_warning: 1 }),
    ]);
  });

  it('then tells what changes, the same to all who watch', async () => {
    const both = [await open(), await open()];
    for (const watcher of both) watcher.watch(RUN_ID);
    for (const watcher of both) await watcher.next('overview');
    tell({ offsetLastNs: -7 });
    const deltas = await Promise.all(both.map((watcher) => watcher.next('delta')));
    expect(deltas[0]?.instances).toEqual([{ index: 1, offset_last_ns: -7 }]);
    expect(deltas[1]).toEqual(deltas[0]);
  });

  it('tells new events of agents and of the controller once', async () => {
    const watcher = await open();
    watcher.watch(RUN_ID);
    await watcher.next('events');
    await watcher.next('overview');
    const detail = {};
    api.deps.runs.addEvent({
      run: RUN_ID,
      instanceId: INSTANCE_ID,
      event: 'instance_impaired',
      at: GENERATED_AT,
      detail,
    });
    const at = BigInt(GENERATED_AT - 1000) * 1_000_000n;
    const events = [{ run: RUN_ID, instanceId: INSTANCE_ID, event: 'device_gone' as const, at, detail }];
    api.deps.figures.take({ rows: [], events, samples: [] });
    expect((await watcher.next('delta')).instances).toEqual([{ index: 1, events_warning: 2 }]);
    const told = (await watcher.next('events'))['events'] as { event: string; clock: string }[];
    expect(told.map(({ event, clock }) => [event, clock])).toEqual([
      ['device_gone', 'instance'],
      ['instance_impaired', 'controller'],
    ]);
  });

  it('says that a run does not exist and stays open; closes on anything else that it does not understand', async () => {
    const watcher = await open();
    watcher.watch('20261121-000000-zzzz');
    expect(await watcher.next('error')).toMatchObject({ code: 'not_found' });
    watcher.watch(RUN_ID);
    await watcher.next('overview');
    watcher.socket.send('{"type":"watch"}');
    const [code] = await once(watcher.socket, 'close');
    expect(code).toBe(1008);
  });

  it('closes the sockets of a session with it, however it ends, and no others', async () => {
    const host = new URL(url).host;
    const begin = async () => {
      const begun = await fetch(`http://${host}/api/v1/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ token: TOKEN }),
      });
      return { cookie: begun.headers.getSetCookie()[0]?.split(';')[0] ?? '', origin: `http://${host}` };
    };
    const [mine, other] = [await begin(), await begin()];
    const closing = [await open(mine), await open(mine)].map(({ socket }) => once(socket, 'close'));
    const staying = [await open(other), await open()];
    const ended = await fetch(`http://${host}/api/v1/session`, { method: 'DELETE', headers: mine });
    expect(ended.status).toBe(204);
    for (const closed of closing) {
      const [code, reason] = await closed;
      expect([code, String(reason)]).toEqual([1008, 'the session has ended']);
    }
    for (const watcher of staying) {
      watcher.watch('20200101-000000-zzzz');
      await watcher.next('error');
    }
  });

  it('wants the token, or the session of its own page', async () => {
    const { host } = new URL(url);
    const begun = await fetch(`http://${host}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token: TOKEN }),
    });
    const cookie = begun.headers.get('set-cookie')?.split(';')[0] ?? '';
    expect(await refusal({})).toBe(401);
    expect(await refusal({ authorization: 'Bearer wrong' })).toBe(401);
    expect(await refusal({ cookie })).toBe(403);
    expect(await refusal({ cookie, origin: 'http://evil.example' })).toBe(403);
    const watcher = await open({ cookie, origin: `http://${host}` });
    await watcher.next('hello');
  });

  it('gives the same overview to who asks once', async () => {
    tell({ offsetLastNs: 5 });
    const headers = { host: 'localhost', authorization: `Bearer ${TOKEN}` };
    const reply = await api.app.inject({ url: `/api/v1/runs/${RUN_ID}/overview`, headers });
    expect(reply.json()).toMatchObject({ run: RUN_ID, instances: [{ index: 1, offset_last_ns: 5, simulated: false }] });
  });
});

describe('a slow reader', () => {
  const sent: string[] = [];
  const socket = {
    bufferedAmount: 0,
    ended: false,
    send: (text: string) => sent.push(text),
    close: () => undefined,
    ping: () => undefined,
    terminate() {
      this.ended = true;
    },
  };

  it('gets a snapshot when it has caught up, and is given up after a minute', () => {
    const client = new LiveClient(socket);
    client.watch(RUN_ID, null);
    client.sendSnapshot('overview');
    socket.bufferedAmount = 3_000_000;
    expect([client.isReady(0), client.needsSnapshot]).toEqual([false, true]);
    socket.bufferedAmount = 1_000_000;
    expect(client.isReady(30_000)).toBe(false);
    socket.bufferedAmount = 10_000;
    expect([client.isReady(31_000), client.needsSnapshot]).toEqual([true, true]);
    client.sendSnapshot('overview');
    expect(client.needsSnapshot).toBe(false);
    socket.bufferedAmount = 3_000_000;
    client.isReady(40_000);
    client.isReady(99_000);
    expect(socket.ended).toBe(false);
    client.isReady(100_001);
    expect(socket.ended).toBe(true);
  });
});
