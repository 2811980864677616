/** Sessions over the real API: the token once, then the cookie, and what a cookie is not good for. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { GENERATED_AT } from '../report/made-report.fixture.ts';
import { type MadeApi, madeApi, TOKEN } from './made-api.fixture.ts';

const HOST = 'localhost';
const ORIGIN = 'http://localhost';
const PATH = '/api/v1/session';
let now = GENERATED_AT;
let api: MadeApi;

beforeEach(async () => {
  now = GENERATED_AT;
  api = await madeApi({ now: () => now });
});
afterEach(() => api.close());

const post = (token: string, headers: Record<string, string> = {}) =>
  api.app.inject({
    method: 'POST',
    url: PATH,
    headers: { host: HOST, origin: ORIGIN, ...headers },
    payload: { token },
  });
type Request = readonly [method: 'GET' | 'POST' | 'DELETE', url: string];
const withCookie = (cookie: string, [method, url]: Request, more: Record<string, string> = {}) =>
  api.app.inject({ method, url, headers: { host: HOST, cookie, ...more } });

async function cookieOf(headers: Record<string, string> = {}): Promise<string> {
  const { headers: answer } = await post(TOKEN, headers);
  return String(answer['set-cookie']);
}

it('gives a cookie for the token that no script can read and no other site can send', async () => {
  expect((await post(TOKEN)).statusCode).toBe(204);
  const cookie = await cookieOf();
  expect(cookie).toMatch(/^ptp_tester_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=604800$/);
  expect(cookie).not.toContain(TOKEN);
  expect(await cookieOf()).not.toBe(cookie);
});

it('marks the cookie secure where the page came over HTTPS', async () => {
  expect(await cookieOf({ origin: 'https://localhost' })).toMatch(/; Secure$/);
});

it('lets the session read, and change things from its own page only', async () => {
  const cookie = await cookieOf();
  expect((await withCookie(cookie, ['GET', '/api/v1/runs'])).statusCode).toBe(200);
  const stop = '/api/v1/runs/20261121-000000-aaaa/stop';
  expect((await withCookie(cookie, ['POST', stop])).json().error.code).toBe('forbidden_origin');
  expect((await withCookie(cookie, ['POST', stop], { origin: 'http://evil.example' })).json().error.code).toBe(
    'forbidden_origin',
  );
  // It has ended: the request came through.
  expect((await withCookie(cookie, ['POST', stop], { origin: ORIGIN })).json().error.code).toBe('conflict');
});

it('says whether there is a session and ends it', async () => {
  expect((await withCookie('', ['GET', PATH])).statusCode).toBe(401);
  const cookie = await cookieOf();
  const asked = await withCookie(cookie, ['GET', PATH]);
  expect([asked.statusCode, Date.parse(asked.json().expires_at)]).toEqual([200, now + 12 * 3_600_000]);
  const ended = await withCookie(cookie, ['DELETE', PATH]);
  expect([ended.statusCode, ended.headers['set-cookie']]).toEqual([204, expect.stringContaining('Max-Age=0')]);
  expect((await withCookie(cookie, ['GET', PATH])).statusCode).toBe(401);
  expect((await withCookie(cookie, ['GET', '/api/v1/runs'])).statusCode).toBe(401);
});

it('ends a session that is not used for half a day, and any after a week', async () => {
  const idle = await cookieOf();
  now += 12 * 3_600_000;
  expect((await withCookie(idle, ['GET', PATH])).statusCode).toBe(401);
  const used = await cookieOf();
  for (let hours = 0; hours < 7 * 24 - 6; hours += 6) {
    now += 6 * 3_600_000;
    expect((await withCookie(used, ['GET', PATH])).statusCode).toBe(200);
  }
  now += 6 * 3_600_000;
  expect((await withCookie(used, ['GET', PATH])).statusCode).toBe(401);
});

it('refuses a wrong token, and all of them after too many, while the right one still goes', async () => {
  const first = await post('0'.repeat(64));
  expect([first.statusCode, first.json().error.field, first.headers['set-cookie']]).toEqual([401, 'token', undefined]);
  for (let tries = 1; tries < 20; tries++) await post('0'.repeat(64));
  const after = await post('0'.repeat(64));
  expect([after.statusCode, after.headers['retry-after']]).toEqual([429, '3']);
  expect((await post(TOKEN)).statusCode).toBe(204);
});

it('begins no session for a page from elsewhere', async () => {
  expect((await post(TOKEN, { origin: 'http://evil.example' })).statusCode).toBe(403);
  expect((await post(TOKEN, { host: 'evil.example', origin: 'http://evil.example' })).statusCode).toBe(403);
});
