/** Who may come in as an operator, against a real controller process. */
import { readFileSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { CliSite } from '../spine/cli-site.ts';
import type { Program } from '../spine/program.ts';
import type { OnTestFinished } from '../spine/spine-harness.ts';

let site: CliSite;
let controller: Program;
let api: string;

async function open(atEnd: OnTestFinished): Promise<void> {
  site = new CliSite(atEnd);
  await serve();
}

async function serve(): Promise<void> {
  const listen = ['--listen', '127.0.0.1:0', '--agent-listen', '127.0.0.1:0'];
  controller = site.start('serve', '--json', '--data', site.path('data'), ...listen);
  api = JSON.parse(await controller.line(/"ready"/)).api;
}

const tokenFile = () => join(site.path('data'), 'operator.token');
const token = () => readFileSync(tokenFile(), 'utf8').trim();

interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly body: string;
}

/** With any header, also those that fetch does not let through. */
function ask(headers: Record<string, string>, path = '/api/v1/runs'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(`${api}${path}`, { headers, agent: false }, (reply) => {
      let body = '';
      reply.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      reply.once('end', () =>
        resolve({ status: reply.statusCode ?? 0, retryAfter: reply.headers['retry-after'], body }),
      );
    });
    asked.once('error', reject);
    asked.end();
  });
}

const bearer = (text: string) => ({ authorization: `Bearer ${text}` });

describe('a controller of its own', () => {
  beforeEach(() => open(onTestFinished));

  it('makes the token on the first start, for its owner only, and keeps it', async () => {
    expect(statSync(tokenFile()).mode & 0o777).toBe(0o600);
    expect(statSync(join(site.path('data'), 'controller.key')).mode & 0o777).toBe(0o600);
    expect(statSync(site.path('data')).mode & 0o777).toBe(0o700);
    const first = token();
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    await controller.stop();
    await serve();
    expect(token()).toBe(first);
    expect((await ask(bearer(first))).status).toBe(200);
  });

  it('holds up wrong tokens, however many connections they come from, and never the right one', async () => {
    const right = token();
    const wrong = (at: number) => at.toString(16).padStart(64, '0');
    const answers = [];
    for (let at = 0; at < 40; at += 1) {
      answers.push(await ask(bearer(wrong(at))));
      if (at % 8 === 0) expect((await ask(bearer(right))).status).toBe(200);
    }
    const statuses = answers.map(({ status }) => status);
    expect(statuses.slice(0, 20)).toEqual(Array(20).fill(401));
    expect(statuses.at(-1)).toBe(429);
    expect(answers.at(-1)).toMatchObject({ retryAfter: '3', body: expect.stringContaining('too_many_failures') });
    const flood = await Promise.all(Array.from({ length: 200 }, (_, at) => ask(bearer(wrong(1000 + at)))));
    expect(flood.filter(({ status }) => status === 429).length).toBeGreaterThan(150);
    expect((await ask(bearer(right))).status).toBe(200);
    await controller.stop();
    expect(controller.stderr.match(/too many wrong operator tokens/g)).toHaveLength(1);
    for (const secret of [right, wrong(3), wrong(1003)])
      expect(controller.stderr + controller.stdout).not.toContain(secret);
  });
});

describe('one controller for all', () => {
  const ends: (() => void | Promise<void>)[] = [];

  beforeAll(() => open((work) => ends.push(work)));

  afterAll(async () => {
    for (const end of ends) await end();
  });

  it.each([
    ['no token', () => ({}), 401],
    ['an empty token', () => bearer(''), 401],
    ['the token cut short', () => bearer(token().slice(0, -1)), 401],
    ['the token and more', () => bearer(`${token()}0`), 401],
    ['another host, as after DNS rebinding', () => ({ ...bearer(token()), host: 'evil.example' }), 403],
    ['a page of another origin', () => ({ ...bearer(token()), origin: 'http://evil.example' }), 403],
    ['a page without an origin', () => ({ ...bearer(token()), origin: 'null' }), 403],
    ['its own page', () => ({ ...bearer(token()), origin: api }), 200],
    ['a local name', () => ({ ...bearer(token()), host: 'localhost' }), 200],
  ])('answers %s with its status', async (...[, headers, status]) => {
    expect((await ask(headers())).status).toBe(status);
  });

  it('has no route of the operators on the agents listener', async () => {
    const { agents } = JSON.parse(await controller.line(/"ready"/));
    for (const path of ['/api/v1/runs', '/metrics', '/openapi.json', '/']) {
      expect((await fetch(`${agents}${path}`, { headers: bearer(token()) })).status).toBe(404);
    }
  });
});
