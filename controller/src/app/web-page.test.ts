import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type MadeApi, madeApi, TOKEN } from '../api/made-api.fixture.ts';
import { bundleWeb, removeUnused } from './web-bundle.ts';
import { registerWebPage } from './web-page.ts';

const HOST = { host: 'localhost' };
let directory: string;
let api: MadeApi;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'ptp-tester-web-'));
  mkdirSync(join(directory, 'assets'));
  writeFileSync(join(directory, 'index.html'), '<!doctype html><title>page</title>');
  writeFileSync(join(directory, 'assets/main-ABC.js'), 'export {};');
  api = await madeApi({ page: (app) => registerWebPage(app, { directory }) });
});

afterEach(async () => {
  await api.close();
  rmSync(directory, { recursive: true, force: true });
});

const get = (url: string, headers: Record<string, string> = HOST) => api.app.inject({ url, headers });

describe('the page on the operators listener', () => {
  it.each(['/', '/runs/20261120-231757-k3f9', '/runs/20261120-231757-k3f9/instances/i-0123?last=600', '/compare'])(
    'is the same file at %s and lets in nothing from outside',
    async (url) => {
      const { statusCode, headers, body } = await get(url);
      expect([statusCode, body]).toEqual([200, '<!doctype html><title>page</title>']);
      expect(headers['content-security-policy']).toBe(
        "default-src 'none';script-src 'self';style-src 'self';img-src 'self';connect-src 'self';base-uri 'none';form-action 'none';frame-ancestors 'none'",
      );
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['cache-control']).toBe('no-cache');
    },
  );

  it('has its scripts kept for good, since their names change with their content', async () => {
    const { headers, body } = await get('/assets/main-ABC.js');
    expect(body).toBe('export {};');
    expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(headers['content-type']).toContain('javascript');
  });

  it('answers no other host, and shows no file beside its own', async () => {
    expect((await get('/', { host: 'evil.example' })).statusCode).toBe(403);
    for (const url of ['/assets/nothing.js', '/assets/../../etc/passwd', '/assets/%2e%2e/index.html']) {
      expect((await get(url)).body).not.toContain('page</title>');
      expect((await get(url)).statusCode).toBeGreaterThanOrEqual(400);
    }
  });

  it('leaves the API as it was: a token for what is of runs, and its own words for what is not there', async () => {
    expect((await get('/api/v1/runs')).statusCode).toBe(401);
    expect((await get('/api/v1/runs', { ...HOST, authorization: `Bearer ${TOKEN}` })).statusCode).toBe(200);
    for (const url of ['/nowhere', '/api/v1/nowhere']) {
      const answer = await get(url, { ...HOST, accept: 'application/json', authorization: `Bearer ${TOKEN}` });
      expect([answer.statusCode, answer.json()]).toMatchObject([404, { error: { code: 'not_found' } }]);
    }
  });

  it('shows the page to who goes to an address that is not there, with 404, and never in the place of an API address', async () => {
    const browser = { ...HOST, accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
    const { statusCode, headers, body } = await get('/xyz?a=b', browser);
    expect([statusCode, body]).toEqual([404, '<!doctype html><title>page</title>']);
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    for (const url of ['/api/v1/nowhere', '/api', '/assets/nothing.js', '/metrics/x']) {
      expect((await get(url, browser)).body).not.toContain('<title>page');
    }
  });
});

it('removes the bundles that nobody has used for a day, and leaves those of running controllers', async () => {
  const long = new Date(Date.now() - 2 * 86_400_000);
  for (const name of ['current', 'old', 'running', 'building-1-dead', 'building-2-alive']) {
    mkdirSync(join(directory, 'built', name), { recursive: true });
    if (!/running|alive/.test(name)) utimesSync(join(directory, 'built', name), long, long);
  }
  await removeUnused(join(directory, 'built'), join(directory, 'built/current'));
  expect(readdirSync(join(directory, 'built')).sort()).toEqual(['building-2-alive', 'current', 'running']);
});

it('builds the dashboard once for each version of its sources, with what browsers take compressed', async () => {
  const first = await bundleWeb();
  const second = await bundleWeb();
  expect(second).toEqual({ directory: first.directory, cached: true });
  const index = readFileSync(join(first.directory, 'index.html'), 'utf8');
  const [script = ''] = /main-[A-Z0-9]+\.js/.exec(index) ?? [];
  const plain = readFileSync(join(first.directory, 'assets', script));
  expect(gunzipSync(readFileSync(join(first.directory, 'assets', `${script}.gz`)))).toEqual(plain);
});
