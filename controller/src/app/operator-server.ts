/** The operators' listener: the REST API on a server of its own, by default on this machine only. */
import fastify from 'fastify';
import type { ApiDependencies } from '../api/api-dependencies.ts';
import { registerApi } from '../api/register-api.ts';
import type { HostPort } from './app-parts.ts';

export interface OperatorServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Listens; rejects with Node's own error (`EADDRINUSE`, `EACCES`) when it cannot. */
export async function startOperatorServer(where: HostPort, dependencies: ApiDependencies): Promise<OperatorServer> {
  const server = fastify({ forceCloseConnections: true });
  await registerApi(server, dependencies);
  const url = await server.listen(where);
  return { url, close: () => server.close() };
}
