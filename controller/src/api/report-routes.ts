/** The route of a run's report, in each of its forms. */
import type { FastifyBaseLogger, FastifyReply } from 'fastify';
import Type, { type Static } from 'typebox';
import { renderCsv } from '../report/render-csv.ts';
import { renderJunit } from '../report/render-junit.ts';
import { renderMarkdown } from '../report/render-markdown.ts';
import { Report } from '../report/report-schema.ts';
import type { ApiDependencies } from './api-dependencies.ts';
import type { ApiServer } from './register-api.ts';
import { requireRun } from './run-routes.ts';
import { ErrorReply, type ReportFormat, ReportQuery, RunParams } from './schemas.ts';

const errors = { 400: ErrorReply, 401: ErrorReply, 403: ErrorReply, 404: ErrorReply, 500: ErrorReply, 503: ErrorReply };

type Written = Exclude<Static<typeof ReportFormat>, 'json'>;

const MEDIA_TYPES: Readonly<Record<Written, string>> = {
  html: 'text/html; charset=utf-8',
  markdown: 'text/markdown; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
  junit: 'application/xml; charset=utf-8',
};
/** The page shows names and texts of instances: whatever stands in them, nothing runs and nothing is fetched. */
const PAGE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export function registerReportRoute<Logger extends FastifyBaseLogger>(
  app: ApiServer<Logger>,
  deps: ApiDependencies,
): void {
  const text = { schema: Type.String() };
  const report = {
    summary: 'The report as of now: JSON, a page with charts, Markdown, CSV (a line for each instance) or JUnit XML',
    params: RunParams,
    querystring: ReportQuery,
    response: {
      200: {
        content: {
          'application/json': { schema: Report },
          'text/html': text,
          'text/markdown': text,
          'text/csv': text,
          'application/xml': text,
        },
      },
      ...errors,
    },
  };
  app.get('/api/v1/runs/:run/report', { schema: report }, async ({ params, query }, reply) => {
    const run = requireRun(deps, params.run).id;
    const made = await deps.report(run);
    const { format = 'json' } = query;
    if (format === 'json') return reply.send(made);
    const written = await write(made, { format, run, deps });
    return sendText(reply, { written, format });
  });
}

function sendText(reply: FastifyReply, { written, format }: { written: string; format: Written }): FastifyReply {
  if (format === 'html') reply.header('content-security-policy', PAGE_POLICY);
  return reply.header('x-content-type-options', 'nosniff').type(MEDIA_TYPES[format]).serializer(String).send(written);
}

interface Wanted {
  readonly format: Written;
  readonly run: string;
  readonly deps: Pick<ApiDependencies, 'openReader'>;
}

async function write(report: Report, { format, run, deps }: Wanted): Promise<string> {
  switch (format) {
    case 'markdown':
      return renderMarkdown(report);
    case 'csv':
      return renderCsv(report);
    case 'junit':
      return renderJunit(report);
    case 'html':
      return await writePage(report, { run, deps });
  }
}

async function writePage(report: Report, { run, deps }: Pick<Wanted, 'run' | 'deps'>): Promise<string> {
  // Loaded when first needed: the charts' library takes a good part of a controller's start.
  const [{ renderHtml }, { drawCharts }] = await Promise.all([
    import('../report/render-html.ts'),
    import('../report/report-charts.ts'),
  ]);
  const reader = deps.openReader(run);
  try {
    return renderHtml(report, await drawCharts(report, reader));
  } finally {
    reader?.close();
  }
}
