/** The operators' listener: the API on an address of its own. */
import Fastify, { type FastifyInstance, LogController } from 'fastify';
import type { ApiDependencies } from './api-dependencies.ts';
import { registerApi } from './register-api.ts';

export interface OperatorListen {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
}

export interface OperatorServer {
  /** For example `http://127.0.0.1:7601`. */
  readonly url: string;
  close(): Promise<void>;
}

const BODY_LIMIT_BYTES = 65_536;
const REQUEST_TIMEOUT_MS = 30_000;

/** Listens when it resolves. Rejects with Node's own error where the address cannot be had (`EADDRINUSE`, `EACCES`). */
export async function startOperatorServer(listen: OperatorListen, deps: ApiDependencies): Promise<OperatorServer> {
  const { log } = deps;
  const options = {
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
    // One line for each request of a dashboard would bury what matters.
    logController: new LogController({ disableRequestLogging: true }),
  };
  const app: FastifyInstance = Fastify(log === undefined ? options : { ...options, loggerInstance: log });
  try {
    await registerApi(app, { ...deps, allowedHosts: [...(deps.allowedHosts ?? []), listen.host] });
    const url = await app.listen({ host: listen.host, port: listen.port });
    return { url, close: () => app.close() };
  } catch (error) {
    await app.close();
    throw error;
  }
}
