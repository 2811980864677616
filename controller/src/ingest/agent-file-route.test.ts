import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fastify from 'fastify';
import { expect, it } from 'vitest';
import { addAgentFileRoute } from './agent-file-route.ts';

const BYTES = 64 * 1024 * 1024;
const SHA256 = 'ab'.repeat(32);

it('a client that stops reading does not keep the next one from the agent file', async ({ onTestFinished }) => {
  const folder = mkdtempSync(join(tmpdir(), 'ptp-agent-file-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'agent');
  writeFileSync(path, Buffer.alloc(BYTES));
  const server = fastify({ forceCloseConnections: true });
  onTestFinished(() => server.close());
  addAgentFileRoute(server, { findAgentFile: () => ({ path, bytes: BYTES }), maxDownloads: 1, idleMs: 300 });
  await server.listen({ host: '127.0.0.1', port: 0 });
  const { port } = server.server.address() as AddressInfo;

  const stalled = connect(port, '127.0.0.1');
  onTestFinished(() => void stalled.destroy());
  stalled.on('error', () => undefined);
  stalled.write(`GET /v1/agent-file/${SHA256} HTTP/1.1\r\nHost: controller\r\n\r\n`);
  await once(stalled, 'readable');

  const reply = await fetch(`http://127.0.0.1:${port}/v1/agent-file/${SHA256}`);
  expect((await reply.arrayBuffer()).byteLength).toBe(BYTES);
});
