/** The live socket, and the same overview for who asks once. */
import { formatInstant, instantFromMs } from '@ptp-tester/measurement';
import type { FastifyBaseLogger, FastifyRequest } from 'fastify';
import { Compile } from 'typebox/compile';
import type { WebSocket } from 'ws';
import { HEAT_COLUMNS, heatNameOf } from '../live/heat-columns.ts';
import type { ApiDependencies } from './api-dependencies.ts';
import { ApiError } from './api-error.ts';
import { heatReply } from './heat-reply.ts';
import type { LiveClient } from './live-client.ts';
import { type LiveHub, MOST_SOCKETS } from './live-hub.ts';
import { HeatQuery, HeatReply, OverviewReply, WatchMessage } from './live-schemas.ts';
import type { ApiServer } from './register-api.ts';
import { requireRun } from './run-routes.ts';
import type { RunViews } from './run-view.ts';
import { ErrorReply, RunParams } from './schemas.ts';
import { type Sessions, sessionIdOf } from './sessions.ts';

const errors = { 400: ErrorReply, 401: ErrorReply, 403: ErrorReply, 404: ErrorReply };
const DEFAULT_BUCKETS = 120;
const POLICY_VIOLATION = 1008;
const TRY_AGAIN_LATER = 1013;
const KEPT = Object.values(HEAT_COLUMNS)
  .map(({ stream, column }) => `${stream} ${column}`)
  .join(', ');
const watchMessage = Compile(WatchMessage);

/** How often open sockets are looked at for sessions whose time is over. */
const EXPIRED_EVERY_MS = 60_000;

export interface LiveParts {
  readonly hub: LiveHub;
  readonly views: RunViews;
  readonly deps: ApiDependencies;
  readonly sessions: Sessions;
}

export function registerLiveRoutes<Logger extends FastifyBaseLogger>(app: ApiServer<Logger>, parts: LiveParts): void {
  const { hub, views, deps, sessions } = parts;
  const overview = {
    summary: 'Every instance of a run with its live figures, by index',
    params: RunParams,
    response: { 200: OverviewReply, ...errors },
  };
  app.get('/api/v1/runs/:run/overview', { schema: overview }, async ({ params }) => {
    const run = requireRun(deps, params.run).id;
    await deps.prepareFigures(run);
    return { run, at: formatInstant(instantFromMs(deps.now())), instances: views.of(run).rows() };
  });

  const heat = {
    summary:
      'The largest magnitude of a column, by default |offset|, of every instance over the whole run, in equal buckets of time',
    params: RunParams,
    querystring: HeatQuery,
    response: { 200: HeatReply, ...errors },
  };
  app.get('/api/v1/runs/:run/heat', { schema: heat }, async ({ params, query }) => {
    const run = requireRun(deps, params.run).id;
    const { stream = 'phc', column = 'offset_ns', buckets = DEFAULT_BUCKETS } = query;
    const name = heatNameOf(stream, column);
    if (name === null) throw new ApiError('bad_request', `only these are kept over the whole run: ${KEPT}`, 'column');
    await deps.prepareFigures(run);
    const strips = await deps.figures.strips(run, name);
    return heatReply({ run, name, instances: deps.runs.instances(run), strips, buckets });
  });

  const live = { summary: 'WebSocket: live figures, events and samples; docs/api.md has the messages' };
  app.get('/api/v1/live', { websocket: true, schema: live }, (socket, request) => {
    if (hub.socketCount >= MOST_SOCKETS) {
      socket.close(TRY_AGAIN_LATER, `more than ${MOST_SOCKETS} live sockets`);
      return;
    }
    const client = hub.add(socket);
    const forget = endWithSession(socket, request, sessions);
    socket.on('close', forget);
    socket.on('message', (data: Buffer, isBinary) => {
      client.heard();
      onMessage({ hub, client, socket }, isBinary ? '' : String(data));
    });
    socket.on('pong', () => client.heard());
    socket.on('close', () => hub.remove(client));
    socket.on('error', (err) => request.log.debug({ err }, 'a live socket failed'));
  });
}

/** What came in by a session goes with it; a bearer token stays good. Returns how to forget the socket. */
function endWithSession(socket: WebSocket, { headers }: FastifyRequest, sessions: Sessions): () => void {
  const id = headers.authorization === undefined ? sessionIdOf(headers.cookie) : null;
  if (id === null) return () => undefined;
  const timer = setInterval(() => sessions.endExpired(), EXPIRED_EVERY_MS).unref();
  const forget = sessions.onEnd(id, () => socket.close(POLICY_VIOLATION, 'the session has ended'));
  return () => {
    clearInterval(timer);
    forget();
  };
}

interface Speaker {
  readonly hub: LiveHub;
  readonly client: LiveClient;
  readonly socket: WebSocket;
}

function onMessage({ hub, client, socket }: Speaker, text: string): void {
  const message = parsed(text);
  if (message === null) {
    socket.close(POLICY_VIOLATION, 'only {"type":"watch","run":RUN|null,"instance":ID|null} is understood');
    return;
  }
  hub.watch(client, message).catch(() => {
    client.send({ type: 'error', code: 'unavailable', message: 'what is stored of this run cannot be read now' });
  });
}

function parsed(text: string): WatchMessage | null {
  try {
    const value: unknown = JSON.parse(text);
    return watchMessage.Check(value) ? value : null;
  } catch {
    return null;
  }
}
