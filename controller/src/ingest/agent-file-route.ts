/** GET /v1/agent-file/<sha256>: the agent's file by its content hash, streamed from disk, a few at a time. */
import { createReadStream } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import { ConcurrencyGate } from './concurrency-gate.ts';

export interface AgentFile {
  readonly path: string;
  readonly bytes: number;
}

/** The file with this sha256 (64 lower-case hex digits), or null. */
export type FindAgentFile = (sha256: string) => AgentFile | null;

export interface AgentFileRouteOptions {
  readonly findAgentFile: FindAgentFile;
  /** Downloads at the same time; the others wait in line. */
  readonly maxDownloads: number;
  /** A download that takes nothing for so long is ended. */
  readonly idleMs?: number;
}

/** TCP itself never gives up on a client that is there and does not read: a few of those would keep every new instance waiting. */
const IDLE_MS = 60_000;

const SHA256 = /^[0-9a-f]{64}$/;

/** Adds the route. A thousand instances that start together share `maxDownloads` streams. */
export function addAgentFileRoute(fastify: FastifyInstance, options: AgentFileRouteOptions): void {
  const gate = new ConcurrencyGate(options.maxDownloads);
  fastify.get<{ Params: { sha256: string } }>(
    '/v1/agent-file/:sha256',
    { exposeHeadRoute: false },
    async (request, reply) => {
      const { sha256 } = request.params;
      const file = SHA256.test(sha256) ? options.findAgentFile(sha256) : null;
      if (file === null) return reply.code(404).send({ error: 'not_found', message: 'no agent file with this sha256' });
      const leave = await gate.enter();
      reply.raw.once('close', leave);
      if (reply.raw.destroyed) leave();
      reply.raw.setTimeout(options.idleMs ?? IDLE_MS, () => reply.raw.destroy());
      return reply
        .header('content-type', 'application/octet-stream')
        .header('content-length', file.bytes)
        .header('etag', `"${sha256}"`)
        .header('cache-control', 'public, max-age=31536000, immutable')
        .send(createReadStream(file.path));
    },
  );
}
