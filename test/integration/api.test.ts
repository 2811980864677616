/** The operators' listener over real sockets: it is one address, guarded, and gone when it is closed. */
import { expect, it, onTestFinished } from 'vitest';
import { RUN_ID } from '../../controller/src/analysis/made-run.fixture.ts';
import { EMPTY_RUN_ID, type MadeApi, madeApi, TOKEN } from '../../controller/src/api/made-api.fixture.ts';
import { type OperatorServer, startOperatorServer } from '../../controller/src/app/operator-server.ts';

const HEADERS = { authorization: `Bearer ${TOKEN}` };

async function startServer(): Promise<{ server: OperatorServer; api: MadeApi }> {
  const api = await madeApi();
  const server = await startOperatorServer({ host: '127.0.0.1', port: 0 }, api.deps);
  onTestFinished(async () => {
    await server.close();
    await api.close();
  });
  return { server, api };
}

it('answers operators with the token on its own address and nobody else', async () => {
  const { server } = await startServer();
  expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  const runs = await fetch(`${server.url}/api/v1/runs`, { headers: HEADERS });
  expect(await runs.json()).toMatchObject({ runs: [{ id: EMPTY_RUN_ID }, { id: RUN_ID }] });
  expect((await fetch(`${server.url}/api/v1/runs`)).status).toBe(401);
  expect((await fetch(`${server.url}/metrics`, { headers: HEADERS })).status).toBe(200);
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
});

it('stops a run by a request without a body, with an empty one and with a reason', async () => {
  const { server, api } = await startServer();
  const stop = (init: RequestInit) => fetch(`${server.url}/api/v1/runs/${RUN_ID}/stop`, { method: 'POST', ...init });
  const json = { ...HEADERS, 'content-type': 'application/json' };
  const replies = [
    await stop({ headers: HEADERS }),
    await stop({ headers: json, body: '{}' }),
    await stop({ headers: json, body: '{"reason":"enough"}' }),
  ];
  expect(replies.map(({ status }) => status)).toEqual([202, 202, 202]);
  expect(api.stopped.at(-1)).toBe(`${RUN_ID} enough`);
  const broken = await stop({ headers: json, body: '{"reason":' });
  expect([broken.status, await broken.json()]).toMatchObject([400, { error: { code: 'bad_request' } }]);
  const large = await stop({ headers: json, body: JSON.stringify({ reason: 'x'.repeat(2_000_000) }) });
  expect([large.status, await large.json()]).toMatchObject([413, { error: { code: 'too_large' } }]);
});

it('says when its address is taken, and frees it when it is closed', async () => {
  const { server, api } = await startServer();
  const port = Number(new URL(server.url).port);
  await expect(startOperatorServer({ host: '127.0.0.1', port }, api.deps)).rejects.toMatchObject({
    code: 'EADDRINUSE',
  });
  await server.close();
  const again = await startOperatorServer({ host: '127.0.0.1', port }, api.deps);
  await again.close();
});
