/** The route that removes samples of ended runs. */
import type { FastifyBaseLogger } from 'fastify';
import Type from 'typebox';
import { parseRetention } from '../config/retention.ts';
import { RunsError } from '../runs/runs-error.ts';
import type { ApiDependencies } from './api-dependencies.ts';
import { ApiError } from './api-error.ts';
import type { ApiServer } from './register-api.ts';
import { Count, closed, ErrorReply, RunId } from './schemas.ts';

const errors = { 400: ErrorReply, 401: ErrorReply, 403: ErrorReply, 404: ErrorReply, 409: ErrorReply, 503: ErrorReply };

const PruneBody = Type.Object(
  {
    runs: Type.Optional(Type.Array(RunId, { maxItems: 1000, description: 'These, however young' })),
    retain_for: Type.Optional(Type.String({ description: 'Those of runs that ended longer ago: 90d' })),
    retain_size: Type.Optional(Type.String({ description: 'Those of the oldest, until all take no more: 500GB' })),
    dry_run: Type.Optional(Type.Boolean({ description: 'Only say which' })),
  },
  closed,
);

const PruneReply = Type.Object(
  {
    dry_run: Type.Boolean(),
    removed: Type.Array(
      Type.Object({ run: RunId, bytes: Count, reason: Type.Enum(['age', 'size', 'operator']) }, closed),
    ),
    kept: Type.Array(Type.Object({ run: RunId, reason: Type.String() }, closed), {
      description: 'Other runs with samples, and why theirs stay',
    }),
    stored_bytes: Type.Integer({ minimum: 0, description: 'What all samples take afterwards' }),
  },
  closed,
);

export function registerPruneRoute<Logger extends FastifyBaseLogger>(
  app: ApiServer<Logger>,
  deps: Pick<ApiDependencies, 'prune'>,
): void {
  const prune = {
    summary: 'Remove samples of ended runs; reports and everything else about them stay',
    body: PruneBody,
    response: { 200: PruneReply, ...errors },
  };
  app.post('/api/v1/prune', { schema: prune }, async ({ body }) => {
    const { runs: named = [], dry_run: dryRun = false } = body;
    const texts = { retainFor: body.retain_for, retainSize: body.retain_size };
    const rules = parseRetention(texts, { retainFor: 'retain_for', retainSize: 'retain_size' });
    if (!('maxBytes' in rules)) throw new ApiError('bad_request', 'what to keep is not clear', null, rules);
    try {
      const { pruned, kept, storedBytes } = await deps.prune({ rules, named, dryRun });
      return { dry_run: dryRun, removed: [...pruned], kept: [...kept], stored_bytes: storedBytes };
    } catch (error) {
      if (!(error instanceof RunsError)) throw error;
      throw new ApiError(error.code === 'run_unknown' ? 'not_found' : 'conflict', error.message, 'runs');
    }
  });
}
