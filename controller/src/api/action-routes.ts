/** Routes that change something: start a run, extend its soak, terminate one of its instances. Stop and keep are with the runs. */
import { formatInstant, instantFromMs } from '@ptp-tester/measurement';
import type { FastifyBaseLogger } from 'fastify';
import { ConfigError } from '../config/config-error.ts';
import { parseDuration } from '../config/duration.ts';
import { FleetError } from '../fleet/fleet-error.ts';
import type { ApiDependencies } from './api-dependencies.ts';
import { ApiError } from './api-error.ts';
import {
  CheckedRun,
  CheckRunBody,
  ExtendBody,
  ExtendReply,
  StartRunBody,
  StartRunReply,
  TerminateReply,
} from './live-schemas.ts';
import type { ApiServer } from './register-api.ts';
import { requireRun } from './run-routes.ts';
import { ErrorReply, InstanceParams, RunParams } from './schemas.ts';

const errors = { 400: ErrorReply, 401: ErrorReply, 403: ErrorReply, 404: ErrorReply, 409: ErrorReply, 503: ErrorReply };

export function registerActionRoutes<Logger extends FastifyBaseLogger>(
  app: ApiServer<Logger>,
  deps: ApiDependencies,
): void {
  const start = {
    summary: 'Start a run from a configuration, as the file of run --config',
    body: StartRunBody,
    response: { 201: StartRunReply, ...errors },
  };
  app.post('/api/v1/runs', { schema: start }, async ({ body }, reply) => {
    const run = await withCauses(() => deps.startRun(body.configuration, body.format ?? 'yaml', body.request_id));
    reply.code(201);
    return { run };
  });

  const check = {
    summary: 'Say what a configuration would start: the same checks, also with EC2, and nothing is made',
    body: CheckRunBody,
    response: { 200: CheckedRun, ...errors },
  };
  app.post('/api/v1/runs/check', { schema: check }, async ({ body }) => {
    return await withCauses(() => deps.checkRun(body.configuration, body.format ?? 'yaml'));
  });

  const extend = {
    summary: 'Let a soak go on for longer',
    params: RunParams,
    body: ExtendBody,
    response: { 200: ExtendReply, ...errors },
  };
  app.post('/api/v1/runs/:run/extend', { schema: extend }, async ({ params, body }) => {
    const { id } = requireRun(deps, params.run);
    const seconds = parseDuration(body.duration);
    if (seconds === null || seconds < 1) {
      throw new ApiError(
        'bad_request',
        `"${body.duration}" is not a length of time; write for example 90m or 2d`,
        'duration',
      );
    }
    const soakEndsAt = await withCauses(() => deps.extend(id, seconds));
    const { spec, extendedS } = requireRun(deps, id);
    return {
      run: id,
      soak_ends_at: formatInstant(instantFromMs(soakEndsAt)),
      planned_soak_seconds: spec.durationS,
      extended_by_seconds: extendedS ?? 0,
    };
  });

  const terminate = {
    summary: 'Terminate one instance of a run; it counts as failed, the run goes on without it',
    params: InstanceParams,
    response: { 202: TerminateReply, ...errors },
  };
  app.post('/api/v1/runs/:run/instances/:instance/terminate', { schema: terminate }, async ({ params }, reply) => {
    const run = requireRun(deps, params.run).id;
    await withCauses(() => deps.terminate(run, params.instance));
    reply.code(202);
    return { run, instance: params.instance, terminating: true };
  });
}

/** What the fleet or the configuration says against it, as the API says it. */
async function withCauses<T>(act: () => T | Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof ConfigError) {
      const message = 'the configuration cannot be used';
      throw new ApiError('bad_request', message, 'configuration', error.problems);
    }
    if (!(error instanceof FleetError)) throw error;
    if (error.code === 'call_failed') throw new ApiError('unavailable', error.message);
    if (error.code !== 'spec_invalid') throw new ApiError('conflict', error.message, 'run');
    const problems = error.faults.map((reason) => ({ field: 'configuration', reason }));
    throw new ApiError('bad_request', error.message, 'configuration', problems);
  }
}
