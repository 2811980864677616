/** What the report makes of all samples of an instance: criteria, histogram, MTIE and TDEV. */
import { useCallback } from 'preact/hooks';
import type { ChartLook } from '../../../src/charts/chart-frame.ts';
import { histogramChart } from '../../../src/charts/histogram-chart.ts';
import { stabilityChart } from '../../../src/charts/stability-chart.ts';
import type { DistributionFigures } from '../../../src/report/figures-schema.ts';
import { formatQuantity } from '../../../src/report/format-quantity.ts';
import type { CriterionReport, StabilityReport } from '../../../src/report/judgement-schema.ts';
import type { InstanceReport } from '../../../src/report/report-schema.ts';
import { PlainChart } from '../chart/plain-chart.tsx';
import { Badge } from '../components/badge.tsx';
import { Notice } from '../components/notice.tsx';
import { Term } from '../components/term.tsx';
import type { ReportState } from './use-report.ts';

const HEIGHT = 250;

export interface StatisticsProps {
  readonly state: ReportState;
  readonly result: InstanceReport | null;
}

export function Statistics({ state, result }: StatisticsProps) {
  const { report, isBusy, trouble, compute } = state;
  return (
    <section class="card" aria-label="Statistics">
      <div class="page-head">
        <h2>Statistics of all samples</h2>
        <span class="fill" />
        {report === null ? null : (
          <span class="soft small">as of {report.generated_at.slice(0, 19).replace('T', ' ')} UTC</span>
        )}
        <button type="button" disabled={isBusy} onClick={compute}>
          {buttonText(isBusy, report === null)}
        </button>
      </div>
      {trouble === null ? null : <Notice tone="error">{trouble}</Notice>}
      {report === null ? (
        <p class="soft">
          Criteria, histogram, MTIE and TDEV are made from every sample of the run; that takes a moment.
        </p>
      ) : null}
      {result === null ? null : <Figures result={result} />}
    </section>
  );
}

function buttonText(isBusy: boolean, isFirst: boolean): string {
  if (isBusy) return 'Computing ...';
  return isFirst ? 'Compute' : 'Compute again';
}

function Figures({ result }: { readonly result: InstanceReport }) {
  const offset = offsetFigures(result);
  const stability = result.stability.find(({ stream }) => stream === 'phc') ?? result.stability[0];
  return (
    <>
      {offset === null ? <p class="soft">No PHC offsets.</p> : <OffsetFigures figures={offset} />}
      <div class="charts">
        {offset === null ? null : <Histogram figures={offset} />}
        {stability === undefined ? null : <Curve stability={stability} metric="mtie" />}
        {stability === undefined ? null : <Curve stability={stability} metric="tdev" />}
      </div>
      <Criteria criteria={result.quality_criteria} />
    </>
  );
}

function offsetFigures({ streams }: InstanceReport): DistributionFigures | null {
  const phc = streams.find(({ stream }) => stream === 'phc');
  const figures = phc?.figures.find(({ column }) => column === 'offset_ns');
  return figures?.kind === 'distribution' ? figures : null;
}

function OffsetFigures({ figures }: { readonly figures: DistributionFigures }) {
  const { summary, quantiles } = figures;
  if (summary === null) return null;
  const values = [
    ['samples', String(summary.count)],
    ['median', formatQuantity(quantiles.p50, 'ns')],
    ['p99', formatQuantity(quantiles.p99, 'ns')],
    ['p99.9', formatQuantity(quantiles.p999, 'ns')],
    ['largest', formatQuantity(summary.max_abs, 'ns')],
    ['mean', formatQuantity(summary.mean, 'ns')],
    ['RMS', formatQuantity(summary.rms, 'ns')],
    ['standard deviation', formatQuantity(summary.stddev, 'ns')],
  ] as const;
  return (
    <dl class="facts">
      {values.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Histogram({ figures }: { readonly figures: DistributionFigures }) {
  const { histogram } = figures;
  const make = useCallback(
    (look: ChartLook) =>
      histogramChart({ title: 'system - PHC', unit: histogram?.unit ?? 1, buckets: histogram?.buckets ?? [] }, look),
    [histogram],
  );
  if (histogram === null || histogram.buckets.length === 0) return null;
  return <PlainChart label="Histogram of the offset" height={HEIGHT} make={make} />;
}

interface CurveProps {
  readonly stability: StabilityReport;
  readonly metric: 'mtie' | 'tdev';
}

function Curve({ stability, metric }: CurveProps) {
  const make = useCallback(
    (look: ChartLook) => stabilityChart(curveOf({ stability, metric }), look),
    [stability, metric],
  );
  if (curveOf({ stability, metric }).points.every(({ value }) => value <= 0)) return null;
  return (
    <div>
      <PlainChart label={`${metric.toUpperCase()} over tau`} height={HEIGHT} make={make} />
      <p class="soft small">
        <Term name={metric} />
      </p>
    </div>
  );
}

function curveOf({ stability, metric }: CurveProps) {
  const of = stability.stream === 'phc' ? 'system - PHC' : `${stability.stream} ${stability.column}, line removed`;
  const points =
    metric === 'mtie'
      ? stability.mtie_ns.map(({ tau_s, value }) => ({ tauS: tau_s, value, interval: null }))
      : stability.tdev_ns.map(({ tau_s, value, confidence }) => ({
          tauS: tau_s,
          value,
          interval: confidence === null ? null : ([confidence.low, confidence.high] as const),
        }));
  const note = metric === 'tdev' ? ', 95 % confidence' : '';
  return { title: `${metric.toUpperCase()} of ${of}${note}`, points, masks: [] };
}

const STATUS_TONES = { pass: 'good', fail: 'error', not_enough_data: 'unknown', not_applicable: 'unknown' } as const;

function Criteria({ criteria }: { readonly criteria: readonly CriterionReport[] }) {
  if (criteria.length === 0) return null;
  const order = ['fail', 'not_enough_data', 'pass', 'not_applicable'];
  const sorted = criteria.toSorted((a, b) => order.indexOf(a.status) - order.indexOf(b.status));
  return (
    <details open={sorted[0]?.status === 'fail'}>
      <summary>Criteria ({criteria.length})</summary>
      <div class="scroll">
        <table class="plain">
          <thead>
            <tr>
              <th scope="col">Criterion</th>
              <th scope="col">Result</th>
              <th scope="col">Why</th>
            </tr>
          </thead>
          <tbody>
            {sorted.map(({ name, profile, key, status, reason }) => (
              <tr key={`${profile} ${name} ${key}`}>
                <th scope="row">
                  {name}
                  {profile === null ? '' : <span class="soft small"> {profile}</span>}
                </th>
                <td>
                  <Badge tone={STATUS_TONES[status]}>{status.replaceAll('_', ' ')}</Badge>
                </td>
                <td>{reason}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
