/** Webhooks as their users see them: a real run tells a real HTTP server, once, and the operator's mistakes are named. */
import { once } from 'node:events';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { CliSite } from '../spine/cli-site.ts';

const ANY_PORT = ['--listen', '127.0.0.1:0', '--agent-listen', '127.0.0.1:0'];
const SECRET = 'token-in-the-path-5d1c';

it('the end of a run is told once to each webhook that wants to know, and the URL is in nothing that we write', async ({
  onTestFinished,
}) => {
  const bodies: Record<string, string>[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    bodies.push({ path: request.url ?? '', ...JSON.parse(text) });
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const site = new CliSite(onTestFinished);
  const file = site.path('notify.yaml');
  const text = `webhooks:
  - name: ops
    url: ${base}/${SECRET}
  - name: chat
    url: ${base}/slack
    format: slack
    kinds: [run_ended]
  - name: pager
    url: ${base}/pager
    kinds: [instance_silent, left_behind]
`;
  writeFileSync(file, text);
  chmodSync(file, 0o600);
  const flags = ['--data', site.path('data'), '--out', site.path('out'), '--notify', file, ...ANY_PORT];
  const demo = await site.run('demo', '--instance-types', 'c7i.large:1', '--duration', '3s', ...flags);
  expect(demo.end, demo.describe()).toEqual({ code: 0, signal: null });
  const ofOps = bodies.filter(({ path }) => path === `/${SECRET}`);
  expect(ofOps).toEqual([expect.objectContaining({ kind: 'run_ended', severity: 'info', simulated: true })]);
  expect(ofOps[0]?.['text']).toMatch(/^SIMULATED: 1\/1 supported/);
  expect(bodies.filter(({ path }) => path === '/slack')).toHaveLength(1);
  expect(bodies.filter(({ path }) => path === '/pager')).toEqual([]);
  const written = ['report.json', 'report.md', 'report.html'].map((name) =>
    readFileSync(site.path(`out/${name}`), 'utf8'),
  );
  expect([demo.stdout, demo.stderr, ...written].join('\n')).not.toContain(SECRET);
});

it('a file with mistakes is refused before anything is launched: each is named, no URL is repeated', async ({
  onTestFinished,
}) => {
  const site = new CliSite(onTestFinished);
  const file = site.path('notify.yaml');
  const text = `webhooks:\n  - url: "ftp://example/${SECRET}"\n    kinds: [run_endet]\nsilent_aftr: 5m\ndisk_full_within: soon\n`;
  writeFileSync(file, text, { mode: 0o600 });
  const flags = ['--data', site.path('data'), '--notify', file, ...ANY_PORT];
  const serve = await site.run('serve', ...flags);
  expect(serve.end).toEqual({ code: 2, signal: null });
  expect(serve.stderr).toContain('webhooks.0.url');
  expect(serve.stderr).toContain('webhooks.0.kinds.0');
  expect(serve.stderr).toContain('did you mean silent_after?');
  expect(serve.stderr).not.toContain(SECRET);
});
