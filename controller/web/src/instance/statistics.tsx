/** What the report makes of all samples of an instance: criteria, histogram, MTIE and TDEV. */
import { useMemo } from 'preact/hooks';
import { type FigureSketch, sketchFigures } from '../../../src/report/figure-charts.ts';
import type { DistributionFigures } from '../../../src/report/figures-schema.ts';
import { formatQuantity } from '../../../src/report/format-quantity.ts';
import type { CriterionReport } from '../../../src/report/judgement-schema.ts';
import type { InstanceReport } from '../../../src/report/report-schema.ts';
import { offsetFigures } from '../../../src/report/worst-first.ts';
import { PlainChart } from '../chart/plain-chart.tsx';
import { Badge } from '../components/badge.tsx';
import { Notice } from '../components/notice.tsx';
import { quantileNeeds } from '../p99-text.ts';
import { TERMS } from '../terms.ts';
import type { ReportState } from './use-report.ts';

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
  const sketches = useMemo(() => sketchFigures(result), [result]);
  return (
    <>
      {offset === null ? <p class="soft">No PHC offsets.</p> : <OffsetFigures figures={offset} />}
      <div class="charts">
        {sketches.map((sketch) => (
          <Picture key={sketch.figure} {...sketch} isSimulated={result.simulated} />
        ))}
      </div>
      <Criteria criteria={result.quality_criteria} />
    </>
  );
}

/** As in the report, with what it shows above it. */
function Picture({ figure, title, note, height, make, isSimulated }: FigureSketch & { readonly isSimulated: boolean }) {
  const { word, meaning } = TERMS[figure];
  return (
    <section class="picture">
      <h3>{word}</h3>
      <p class="soft small">{meaning}</p>
      {note === undefined ? null : <p class="soft small">{note}</p>}
      <PlainChart label={title} {...{ height, make, isSimulated }} />
    </section>
  );
}

function OffsetFigures({ figures }: { readonly figures: DistributionFigures }) {
  const { summary, quantiles } = figures;
  if (summary === null) return null;
  const values = [
    ['samples', String(summary.count)],
    ['median', quantileText(quantiles.p50, 0.5)],
    ['p99', quantileText(quantiles.p99, 0.99)],
    ['p99.9', quantileText(quantiles.p999, 0.999)],
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

function quantileText(value: number | null, p: number): string {
  return value === null ? quantileNeeds(p) : formatQuantity(value, 'ns');
}

const STATUS_TONES = { pass: 'good', fail: 'error', not_enough_data: 'unknown', not_applicable: 'unknown' } as const;

function Criteria({ criteria }: { readonly criteria: readonly CriterionReport[] }) {
  if (criteria.length === 0) return null;
  const decided = criteria.filter(({ status }) => status === 'pass' || status === 'fail').length;
  const order = ['fail', 'not_enough_data', 'pass', 'not_applicable'];
  const sorted = criteria.toSorted((a, b) => order.indexOf(a.status) - order.indexOf(b.status));
  return (
    <details open={sorted[0]?.status === 'fail'}>
      <summary>
        Criteria ({decided} of {criteria.length} decided)
      </summary>
      <div class="scroll">
        <table class="plain stacked">
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
