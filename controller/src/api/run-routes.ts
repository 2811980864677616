/** Routes about runs: list, instances, events, stop, keep. */
import type { FastifyBaseLogger } from 'fastify';
import Type from 'typebox';
import { FleetError } from '../fleet/fleet-error.ts';
import type { Run } from '../runs/run.ts';
import type { ApiDependencies } from './api-dependencies.ts';
import { ApiError } from './api-error.ts';
import { kindsFrom, newestEvents } from './event-replies.ts';
import type { ApiServer } from './register-api.ts';
import { instanceSummary, runSummary } from './run-replies.ts';
import {
  ErrorReply,
  EventsQuery,
  EventsReply,
  InstanceList,
  KeepBody,
  KeepReply,
  RunList,
  RunParams,
  type RunSummary,
  RunSummary as RunSummarySchema,
  StopBody,
  StopReply,
} from './schemas.ts';

const errors = { 400: ErrorReply, 401: ErrorReply, 403: ErrorReply, 404: ErrorReply, 500: ErrorReply, 503: ErrorReply };
const DEFAULT_EVENTS = 1000;

/** The run, or `not_found`. */
export function requireRun(deps: Pick<ApiDependencies, 'runs'>, id: string): Run {
  const run = deps.runs.run(id);
  if (run === null) throw new ApiError('not_found', `there is no run ${id}`, 'run');
  return run;
}

export function registerRunRoutes<Logger extends FastifyBaseLogger>(
  app: ApiServer<Logger>,
  deps: ApiDependencies,
): void {
  registerListRoutes(app, deps);
  registerEventRoute(app, deps);
  registerStopRoute(app, deps);
  registerKeepRoute(app, deps);
}

export function summariseRun(deps: ApiDependencies, run: Run): RunSummary {
  const connected = deps.live.ofRun(run.id).filter((agent) => agent.connected).length;
  const instances = deps.runs.instances(run.id);
  return runSummary(run, { instances, connected, verdictSoFar: deps.verdictSoFar(run.id), now: deps.now() });
}

function registerListRoutes<Logger extends FastifyBaseLogger>(app: ApiServer<Logger>, deps: ApiDependencies): void {
  const list = { summary: 'All runs, newest first', response: { 200: RunList, ...errors } };
  app.get('/api/v1/runs', { schema: list }, () => ({ runs: deps.runs.runs().map((run) => summariseRun(deps, run)) }));

  const one = { summary: 'One run', params: RunParams, response: { 200: RunSummarySchema, ...errors } };
  app.get('/api/v1/runs/:run', { schema: one }, ({ params }) => summariseRun(deps, requireRun(deps, params.run)));

  const instances = {
    summary: 'The instances of a run, by index',
    params: RunParams,
    response: { 200: InstanceList, ...errors },
  };
  app.get('/api/v1/runs/:run/instances', { schema: instances }, ({ params }) => {
    const run = requireRun(deps, params.run);
    const preparation = deps.runs.preparation(run.id);
    return {
      run: run.id,
      instances: deps.runs.instances(run.id).map((instance) =>
        instanceSummary(instance, {
          live: instance.instanceId === null ? null : deps.live.get(instance.instanceId),
          preparation,
        }),
      ),
    };
  });
}

function registerEventRoute<Logger extends FastifyBaseLogger>(app: ApiServer<Logger>, deps: ApiDependencies): void {
  const events = {
    summary: 'Events of the agents and of the controller, oldest first',
    params: RunParams,
    querystring: EventsQuery,
    response: { 200: EventsReply, ...errors },
  };
  app.get('/api/v1/runs/:run/events', { schema: events }, ({ params, query }) => {
    const run = requireRun(deps, params.run);
    const reader = deps.openReader(run.id);
    try {
      const { instance, severity, limit = DEFAULT_EVENTS } = query;
      const filter = { instanceId: instance, kinds: kindsFrom(severity) };
      const stored = reader?.newestEvents(limit, filter) ?? [];
      const raised = deps.runs.newestEvents(run.id, limit, filter);
      const total = (reader?.eventTotal(filter) ?? 0) + deps.runs.eventTotal(run.id, filter);
      return { run: run.id, total, events: newestEvents({ stored, raised }, limit) };
    } finally {
      reader?.close();
    }
  });
}

function registerStopRoute<Logger extends FastifyBaseLogger>(app: ApiServer<Logger>, deps: ApiDependencies): void {
  const stop = {
    summary: 'End a run before its time: it delivers, terminates its instances and reports',
    params: RunParams,
    body: Type.Union([StopBody, Type.Null()]),
    response: { 202: StopReply, 409: ErrorReply, ...errors },
  };
  app.post('/api/v1/runs/:run/stop', { schema: stop }, ({ params, body }, reply) => {
    const run = requireRun(deps, params.run);
    if (run.state === 'ended') throw new ApiError('conflict', `run ${run.id} has already ended`, 'run');
    const reason = body?.reason ?? 'stopped through the API';
    deps.stop(run.id, reason);
    reply.code(202);
    return { run: run.id, stopping: true, reason };
  });
}

function registerKeepRoute<Logger extends FastifyBaseLogger>(app: ApiServer<Logger>, deps: ApiDependencies): void {
  const keep = {
    summary: 'Say which working instances of a run stay, while it waits for that',
    params: RunParams,
    body: KeepBody,
    response: { 200: KeepReply, 409: ErrorReply, ...errors },
  };
  app.post('/api/v1/runs/:run/keep', { schema: keep }, ({ params, body }) => {
    const run = requireRun(deps, params.run).id;
    try {
      return { run, indexes: [...deps.keep(run, body.selection)] };
    } catch (error) {
      if (!(error instanceof FleetError)) throw error;
      const isSelection = error.code === 'keep_invalid';
      throw new ApiError(isSelection ? 'bad_request' : 'conflict', error.message, isSelection ? 'selection' : 'run');
    }
  });
}
