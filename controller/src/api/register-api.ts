/** The operators' listener: guards, errors, OpenAPI and routes on a fastify instance of its own. */
import fastifySwagger from '@fastify/swagger';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import websocket from '@fastify/websocket';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import { registerActionRoutes } from './action-routes.ts';
import type { ApiDependencies, HealthState } from './api-dependencies.ts';
import { ApiError } from './api-error.ts';
import { errorReply, makeErrorHandler } from './error-replies.ts';
import { newestEvents } from './event-replies.ts';
import { landingPage } from './landing-page.ts';
import { LiveHub } from './live-hub.ts';
import { type LiveParts, registerLiveRoutes } from './live-routes.ts';
import { OperatorAccess } from './operator-access.ts';
import { registerPruneRoute } from './prune-routes.ts';
import { registerReportRoute } from './report-routes.ts';
import { registerRunRoutes } from './run-routes.ts';
import { RunSummaries } from './run-summaries.ts';
import { RunViews } from './run-view.ts';
import { registerSampleRoutes } from './sample-routes.ts';
import { type EventItem, HealthReply } from './schemas.ts';
import { registerSessionRoutes, SESSION_PATH } from './session-routes.ts';
import type { Sessions } from './sessions.ts';

/** A fastify instance whichever logger it has. */
export type ApiServer<Logger extends FastifyBaseLogger = FastifyBaseLogger> = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  Logger,
  TypeBoxTypeProvider
>;

/** These need no token: they show nothing of any run, or check it for themselves. */
const PUBLIC_ROUTES: ReadonlySet<string> = new Set(['/', '/healthz', '/openapi.json', SESSION_PATH]);
/** Load balancers and supervisors ask by address. */
const ANY_HOST_ROUTES: ReadonlySet<string> = new Set(['/healthz']);

/** A watch message is far shorter. */
const MOST_SAID_BYTES = 4096;
const FIRST_EVENTS = 200;
const LIVE_FAILED = 'the live sockets could not be told what changed; tried again in a second';

/** Registers everything on `app`, which must serve nothing else: its error and not-found handlers become the API's. */
export async function registerApi<Logger extends FastifyBaseLogger>(
  app: FastifyInstance<RawServerDefault, RawRequestDefaultExpression, RawReplyDefaultExpression, Logger>,
  deps: ApiDependencies,
): Promise<void> {
  // The schemas describe the replies; they do not cut them to size, and long columns are serialised at full speed.
  app.setSerializerCompiler(() => (reply) => JSON.stringify(reply));
  app.setErrorHandler(makeErrorHandler(deps.log));
  if (deps.page !== undefined) await app.register(deps.page);
  const access = new OperatorAccess(deps);
  app.addHook('onRequest', (request, reply, done) => {
    guard(request, reply, access);
    done();
  });
  // A refused upgrade leaves a socket that no time-out of the HTTP server looks after any more.
  app.addHook('onResponse', (request, _reply, done) => {
    if (request.headers.upgrade !== undefined) request.raw.socket.destroySoon();
    done();
  });
  app.addHook('preValidation', (request, _reply, done) => {
    refuseUnknownParameters(request);
    done();
  });
  app.setNotFoundHandler((_request, reply) => {
    const error = new ApiError('not_found', 'there is no such address; /openapi.json lists them');
    return reply.code(error.status).send(errorReply(error));
  });
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'ptp-tester controller', version: deps.version },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
  });
  const summaries = new RunSummaries(deps);
  summaries.start();
  const live = openLive({ deps, summaries, sessions: access.sessions }, (err) =>
    (deps.log ?? app.log).error({ err }, LIVE_FAILED),
  );
  app.addHook('preClose', (done) => {
    live.hub.close();
    live.views.stop();
    summaries.stop();
    done();
  });
  await app.register(websocket, { options: { maxPayload: MOST_SAID_BYTES, perMessageDeflate: false } });
  const server = app.withTypeProvider<TypeBoxTypeProvider>();
  await server.register((scope, _options, done) => {
    const typed = scope.withTypeProvider<TypeBoxTypeProvider>();
    registerOpenRoutes(typed, deps);
    registerSessionRoutes(typed, access);
    registerRunRoutes(typed, deps);
    registerReportRoute(typed, deps);
    registerActionRoutes(typed, deps);
    registerPruneRoute(typed, deps);
    registerSampleRoutes(typed, deps);
    registerLiveRoutes(typed, live);
    done();
  });
}

interface LiveNeeds {
  readonly deps: ApiDependencies;
  readonly summaries: RunSummaries;
  readonly sessions: Sessions;
}

function openLive({ deps, summaries, sessions }: LiveNeeds, onFailure: (error: unknown) => void): LiveParts {
  const { figures, runs } = deps;
  const views = new RunViews(deps);
  views.start();
  const hub = new LiveHub({
    views,
    figures,
    runs: () => summaries.all(),
    hasRun: (run) => runs.run(run) !== null,
    prepareFigures: (run) => deps.prepareFigures(run),
    newestEvents: (run) => readNewestEvents(deps, run),
    version: deps.version,
    now: () => deps.now(),
    onFailure,
  });
  return { hub, views, deps, sessions };
}

/** What a new watcher sees first. */
function readNewestEvents({ runs, openReader }: ApiDependencies, run: string): EventItem[] {
  const reader = openReader(run);
  try {
    const stored = reader?.newestEvents(FIRST_EVENTS) ?? [];
    return newestEvents({ stored, raised: runs.newestEvents(run, FIRST_EVENTS) }, FIRST_EVENTS);
  } finally {
    reader?.close();
  }
}

function guard(request: FastifyRequest, reply: FastifyReply, access: OperatorAccess): void {
  const path = request.routeOptions.url ?? '';
  if (!ANY_HOST_ROUTES.has(path)) access.checkCaller(request);
  if (!PUBLIC_ROUTES.has(path) && !isOfPage(request)) access.checkOperator(request, reply);
}

/** The page's files show nothing of any run; what stands in its addresses is the page's own. */
function isOfPage({ routeOptions }: FastifyRequest): boolean {
  return routeOptions.config.isOfPage === true;
}

/** A misspelt parameter must not be passed over in silence, which is what the validator does with it. */
function refuseUnknownParameters(request: FastifyRequest): void {
  if (isOfPage(request)) return;
  const known = request.routeOptions.schema?.querystring as { properties?: Record<string, unknown> } | undefined;
  for (const name of Object.keys(request.query ?? {})) {
    if (known?.properties?.[name] === undefined) {
      throw new ApiError('bad_request', `there is no parameter "${name}" here`, name);
    }
  }
}

function registerOpenRoutes<Logger extends FastifyBaseLogger>(app: ApiServer<Logger>, deps: ApiDependencies): void {
  if (deps.page === undefined) registerLandingPage(app, deps.version);
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());
  const health = {
    summary: 'Whether samples can be stored',
    security: [],
    response: { 200: HealthReply, 503: HealthReply },
  };
  app.get('/healthz', { schema: health }, (_request, reply) => {
    const { store, storeReason, disk } = healthOf(deps);
    const failing = store === 'failing';
    reply.code(failing ? 503 : 200);
    return {
      status: failing ? ('failing' as const) : ('ok' as const),
      version: deps.version,
      store: { status: store, reason: storeReason },
      disk: disk === null ? null : { free_bytes: disk.freeBytes, total_bytes: disk.totalBytes },
    };
  });
  app.get('/metrics', { schema: { summary: 'Prometheus metrics' } }, async (_request, reply) => {
    return reply
      .type('text/plain; version=0.0.4; charset=utf-8')
      .serializer(String)
      .send(await deps.metrics());
  });
}

function registerLandingPage<Logger extends FastifyBaseLogger>(app: ApiServer<Logger>, version: string): void {
  app.get('/', { schema: { hide: true } }, (_request, reply) => {
    const policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
    reply.header('content-security-policy', policy).type('text/html; charset=utf-8');
    return reply.serializer(String).send(landingPage(version));
  });
}

function healthOf(deps: ApiDependencies): HealthState {
  return deps.health?.() ?? { store: 'unknown', storeReason: null, disk: null };
}
