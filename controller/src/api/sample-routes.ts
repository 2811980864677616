/** Routes to the samples of one instance: downsampled, and raw. */
import { type ColumnDeclaration, STREAMS, type StreamDeclaration, type StreamName } from '@ptp-tester/measurement';
import type { FastifyBaseLogger } from 'fastify';
import type { EnvelopeQuery, SampleReader, SeriesId, TimeRange } from '../store/sample-store.ts';
import type { ApiDependencies } from './api-dependencies.ts';
import { ApiError } from './api-error.ts';
import { readRawPage } from './raw-page.ts';
import type { ApiServer } from './register-api.ts';
import { requireRun } from './run-routes.ts';
import { EnvelopeReply, ErrorReply, InstanceParams, RawQuery, RawReply, SamplesQuery, SeriesList } from './schemas.ts';

const errors = { 400: ErrorReply, 401: ErrorReply, 403: ErrorReply, 404: ErrorReply, 500: ErrorReply, 503: ErrorReply };
const DEFAULT_POINTS = 1000;
const DEFAULT_ROWS = 5000;
const I64_LIMIT = 2n ** 63n;

interface SeriesQuery {
  readonly stream: StreamName;
  readonly key?: string;
  readonly from?: string;
  readonly to?: string;
}

export function registerSampleRoutes<Logger extends FastifyBaseLogger>(
  app: ApiServer<Logger>,
  deps: ApiDependencies,
): void {
  const series = {
    summary: 'What is stored of an instance: its streams, with their keys and spans',
    params: InstanceParams,
    response: { 200: SeriesList, ...errors },
  };
  app.get('/api/v1/runs/:run/instances/:instance/series', { schema: series }, ({ params }) => {
    return withReader(deps, params, (reader) => seriesList(reader, params.instance));
  });

  const samples = {
    summary: 'One column, downsampled: minimum, maximum and mean of each bucket',
    params: InstanceParams,
    querystring: SamplesQuery,
    response: { 200: EnvelopeReply, ...errors },
  };
  app.get('/api/v1/runs/:run/instances/:instance/samples', { schema: samples }, ({ params, query }) => {
    const column = requireColumn(query.stream, query.column);
    const points = query.points ?? DEFAULT_POINTS;
    const envelopeQuery = { ...seriesOf(params.instance, query), ...rangeOf(query), column: column.name, points };
    return withReader(deps, params, (reader) => envelopeReply(reader, envelopeQuery, column));
  });

  const raw = {
    summary: 'Samples as they were measured, whole columns, page by page',
    params: InstanceParams,
    querystring: RawQuery,
    response: { 200: RawReply, ...errors },
  };
  app.get('/api/v1/runs/:run/instances/:instance/raw', { schema: raw }, ({ params, query }) => {
    const series = seriesOf(params.instance, query);
    const page = { series, range: rangeOf(query), limit: query.limit ?? DEFAULT_ROWS, cursor: query.cursor };
    return withReader(deps, params, (reader) => readRawPage(reader, page));
  });
}

function seriesList(reader: SampleReader, instanceId: string): SeriesList {
  const own = reader.series().filter((series) => series.instanceId === instanceId);
  return {
    instance_id: instanceId,
    series: own.map(({ stream, key, samples, firstAt, lastAt, intervalNs }) => ({
      stream,
      key,
      samples,
      first_at: firstAt.toString(),
      last_at: lastAt.toString(),
      interval_ns: intervalNs,
    })),
  };
}

function withReader<T>(
  deps: ApiDependencies,
  params: { readonly run: string; readonly instance: string },
  read: (reader: SampleReader) => T,
): T {
  const run = requireRun(deps, params.run);
  if (!deps.runs.instances(run.id).some(({ instanceId }) => instanceId === params.instance)) {
    throw new ApiError('not_found', `run ${run.id} has no instance ${params.instance}`, 'instance');
  }
  const reader = deps.openReader(run.id);
  if (reader === null) throw new ApiError('not_found', `nothing of run ${run.id} is stored yet`, 'run');
  try {
    return read(reader);
  } finally {
    reader.close();
  }
}

function requireColumn(stream: StreamName, name: string): ColumnDeclaration {
  const declaration: StreamDeclaration = STREAMS[stream];
  const column = declaration.columns.find((candidate) => candidate.name === name);
  if (column !== undefined) return column;
  const names = declaration.columns.map((candidate) => candidate.name).join(', ');
  throw new ApiError('bad_request', `stream ${stream} has no column "${name}"; it has ${names}`, 'column');
}

function seriesOf(instanceId: string, { stream, key = '' }: SeriesQuery): SeriesId {
  return { instanceId, stream, key };
}

function rangeOf({ from, to }: SeriesQuery): TimeRange {
  const range = { fromAt: instantOf(from, 'from'), toAt: instantOf(to, 'to') };
  if (range.fromAt !== undefined && range.toAt !== undefined && range.fromAt >= range.toAt) {
    throw new ApiError('bad_request', 'from must be before to', 'from');
  }
  return range;
}

/** Nineteen digits can be more than 64 bits hold. */
function instantOf(text: string | undefined, field: string): bigint | undefined {
  if (text === undefined) return undefined;
  const at = BigInt(text);
  if (at >= I64_LIMIT || at < -I64_LIMIT) throw new ApiError('bad_request', `${field} is beyond 64 bits`, field);
  return at;
}

function envelopeReply(reader: SampleReader, query: EnvelopeQuery, column: ColumnDeclaration): EnvelopeReply {
  const envelope = reader.envelope(query);
  return {
    instance_id: query.instanceId,
    stream: query.stream,
    key: query.key,
    column: column.name,
    unit: column.unit,
    meaning: column.meaning,
    bucket_ns: envelope.bucketNs,
    origin_value: envelope.originValue.toString(),
    at: Array.from(envelope.at, String),
    min: Array.from(envelope.min),
    max: Array.from(envelope.max),
    mean: Array.from(envelope.mean),
    count: Array.from(envelope.count),
    decoded_batches: envelope.decodedBatches,
  };
}
