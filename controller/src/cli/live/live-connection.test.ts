/** Following a run over a real live socket: what changes, what is lost and found again, and what is refused. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RUN_ID } from '../../analysis/made-run.fixture.ts';
import { type MadeApi, madeApi, TOKEN } from '../../api/made-api.fixture.ts';
import { LiveConnection } from './live-connection.ts';

let api: MadeApi;
let url = '';
let port = 0;
let now = 1000;
let connection: LiveConnection | null = null;
let told: string[] = [];
let changed = Promise.withResolvers<void>();

async function listen(): Promise<void> {
  api = await madeApi();
  url = await api.app.listen({ host: '127.0.0.1', port });
  port = Number(new URL(url).port);
}

beforeEach(async () => {
  told = [];
  port = 0;
  await listen();
});
afterEach(async () => {
  connection?.close();
  await api.close();
});

function follow(token = TOKEN, run = RUN_ID): LiveConnection {
  const listener = {
    onChange: () => changed.resolve(),
    onEvents: (events: readonly { readonly event: string }[]) => {
      told.push(...events.map(({ event }) => event));
    },
    onRefused: (reason: string) => {
      told.push(`refused: ${reason}`);
      changed.resolve();
    },
  };
  const locate = () => (url === '' ? Promise.reject(new Error('none is announced')) : Promise.resolve({ url, token }));
  connection = new LiveConnection({ locate, run }, { listener, now: () => now });
  connection.start();
  return connection;
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) {
    await changed.promise;
    changed = Promise.withResolvers<void>();
  }
}

it('follows a run, says since when it is lost, and finds it again without telling an event twice', async () => {
  const following = follow();
  await until(() => following.followed !== null);
  expect(following.followed).toMatchObject({ run: { id: RUN_ID, state: 'soaking' }, lostAt: null });
  expect(following.followed?.instances).toHaveLength(1);
  now = 5000;
  await api.close();
  await until(() => following.followed?.lostAt === 5000);
  expect(following.followed?.instances).toHaveLength(1);
  await listen();
  await until(() => following.followed?.lostAt === null);
  expect(told.filter((event) => event === 'instance_silent')).toEqual(['instance_silent']);
});

it('finds a controller that came back on another port, and waits while none is announced', async () => {
  const following = follow();
  await until(() => following.followed !== null);
  const before = url;
  url = '';
  await api.close();
  await until(() => following.followed?.lostAt !== null);
  port = 0;
  await listen();
  expect(url).not.toBe(before);
  await until(() => following.followed?.lostAt === null);
});

it('gives up where the token is wrong or the run unknown', async () => {
  follow('wrong');
  await until(() => told.length > 0);
  expect(told).toEqual(['refused: the token is not the one of this controller']);
  connection?.close();
  told = [];
  follow(TOKEN, '20261121-000000-zzzz');
  await until(() => told.length > 0);
  expect(told).toEqual(['refused: there is no run 20261121-000000-zzzz']);
});
