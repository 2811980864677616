/** The agents' listener: WebSocket /v1/agent and the agent file, on a server of its own. */
import type { Server } from 'node:https';
import websocket from '@fastify/websocket';
import { LIMITS } from '@ptp-tester/wire';
import fastify, { type FastifyInstance } from 'fastify';
import type { WebSocket } from 'ws';
import type { SavedTracker } from '../live/instance-tracker.ts';
import type { RunId } from '../runs/run.ts';
import { addAgentFileRoute, type FindAgentFile } from './agent-file-route.ts';
import { AgentSession } from './agent-session.ts';
import type { IngestQueueOptions } from './ingest-queue.ts';
import { SessionHub, type SessionHubDependencies } from './session-hub.ts';
import { watchTlsClients } from './watch-tls-clients.ts';

export interface AgentListenerOptions extends IngestQueueOptions {
  /** Absent: plain HTTP. */
  readonly tls?: TlsCredentials;
  /** How often it is asked for other credentials. */
  readonly tlsRefreshMs?: number;
  readonly maxConnections?: number;
  readonly maxDownloads?: number;
}

export interface TlsCredentials {
  /** PEM: the server's certificate, then what leads to its authority. */
  readonly cert: string;
  /** Secret. PEM. */
  readonly key: string;
}

export interface AgentListenerDependencies extends SessionHubDependencies {
  readonly findAgentFile: FindAgentFile;
  /** Other credentials for connections from now on; null: the same. Must not reject. */
  readonly refreshTls?: () => Promise<TlsCredentials | null>;
}

/** Figures for /metrics. */
export interface AgentListenerFigures {
  readonly connections: number;
  readonly queuedBytes: number;
}

const SWEEP_MS = 1000;
const TLS_REFRESH_MS = 10_000;
const MAX_CONNECTIONS = 50_000;
const MAX_DOWNLOADS = 32;
const BODY_LIMIT_BYTES = 1024;
const REQUEST_TIMEOUT_MS = 30_000;

export class AgentListener {
  readonly #options: AgentListenerOptions;
  readonly #dependencies: AgentListenerDependencies;
  readonly #hub: SessionHub;
  #server: FastifyInstance | null = null;
  readonly #timers: NodeJS.Timeout[] = [];
  #lastConnection = 0;

  constructor(options: AgentListenerOptions, dependencies: AgentListenerDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#hub = new SessionHub(options, dependencies);
  }

  /** Starts the store's worker and listens. Rejects with Node's own error (`EADDRINUSE`, `EACCES`) when it cannot. */
  async start(where: { readonly host: string; readonly port: number }): Promise<{ readonly port: number }> {
    const server = await this.#makeServer();
    this.#server = server;
    this.#hub.start();
    this.#keepTlsFresh(server.server);
    try {
      await server.listen(where);
    } catch (error) {
      await this.close();
      throw error;
    }
    this.#timers.push(setInterval(() => this.#hub.sweep(), SWEEP_MS));
    const address = server.server.address();
    return { port: typeof address === 'object' && address !== null ? address.port : where.port };
  }

  /** Closes all connections, commits what they had sent, ends the worker. */
  async close(): Promise<void> {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
    await this.#hub.stop();
    for (const socket of this.#server?.websocketServer.clients ?? []) socket.terminate();
    await this.#server?.close();
    this.#server = null;
  }

  /** Closes the sample database of a run that is to be deleted. */
  forgetRun(run: RunId): void {
    this.#hub.queue.forgetRun(run);
  }

  /** Hands over the live figures of what was stored before this started. */
  restoreFigures(run: RunId, saved: ReadonlyMap<string, SavedTracker>): void {
    this.#hub.queue.restore(run, saved);
  }

  figures(): AgentListenerFigures {
    return { connections: this.#hub.sessionCount, queuedBytes: this.#hub.queue.queuedBytes };
  }

  /** Why the store cannot write now; null while it can. */
  storeFailure(): string | null {
    return this.#hub.storeFailure;
  }

  async #makeServer(): Promise<FastifyInstance> {
    const { tls, maxDownloads = MAX_DOWNLOADS } = this.#options;
    const common = { bodyLimit: BODY_LIMIT_BYTES, requestTimeout: REQUEST_TIMEOUT_MS, forceCloseConnections: true };
    const https = tls === undefined ? {} : { https: tls };
    const server = fastify({ ...common, ...https }) as FastifyInstance;
    await server.register(websocket, {
      options: { maxPayload: LIMITS.frameBytes, perMessageDeflate: false },
      errorHandler: (error) => this.#dependencies.log.warn({ err: error }, 'connection failed'),
    });
    const { findAgentFile } = this.#dependencies;
    addAgentFileRoute(server, { findAgentFile, maxDownloads });
    server.get('/v1/agent', { websocket: true }, (socket, request) => this.#accept(socket, request.ip));
    return server;
  }

  #keepTlsFresh(server: FastifyInstance['server']): void {
    const { tls, tlsRefreshMs = TLS_REFRESH_MS } = this.#options;
    if (tls === undefined) return;
    const secure = server as unknown as Server;
    watchTlsClients(secure, (client) => this.#hub.noteTurnedAway(client));
    const { refreshTls, log } = this.#dependencies;
    if (refreshTls === undefined) return;
    const refresh = async () => {
      try {
        const fresh = await refreshTls();
        if (fresh !== null) secure.setSecureContext(fresh);
      } catch (err) {
        log.error({ err }, 'the server certificate could not be renewed; the one before stays in use');
      }
    };
    this.#timers.push(setInterval(refresh, tlsRefreshMs));
  }

  #accept(socket: WebSocket, remoteAddress: string): void {
    this.#lastConnection += 1;
    const session = new AgentSession({ connection: this.#lastConnection, socket, remoteAddress }, this.#hub);
    this.#hub.add(session);
    socket.on('error', (error) => session.onSocketError(error));
    socket.on('close', () => session.onClosed());
    socket.on('pong', () => session.onHeard());
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) session.onFrame(data);
      else session.onText(data.toString());
    });
    const { maxConnections = MAX_CONNECTIONS } = this.#options;
    if (this.#hub.sessionCount <= maxConnections) return;
    session.refuse({ code: 'busy', reason: `more than ${maxConnections} connections`, retry: true });
  }
}
