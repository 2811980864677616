/** All runs: what each is, how far it got, what it looks like so far, and what it has taken. */
import type { RunSummary } from '../../../src/api/schemas.ts';
import { StartRunButton } from '../actions/start-run.tsx';
import { Badge, SimulatedTag } from '../components/badge.tsx';
import { Instant } from '../components/instant.tsx';
import { Link } from '../components/link.tsx';
import { ProgressBar } from '../components/progress-bar.tsx';
import { Term } from '../components/term.tsx';
import { live } from '../live-feed.ts';
import { decidedText, stateWord, typesText, verdictCounts, verdictWord } from '../run-text.ts';
import { NO_FILTER } from '../view.ts';

export function RunsPage() {
  const { runs, version } = live.value;
  return (
    <>
      <div class="page-head">
        <h1>Runs</h1>
        <span class="fill" />
        <StartRunButton />
      </div>
      {runs === null ? <p class="soft">Waiting for the controller ...</p> : <RunList runs={runs} />}
      <footer class="soft small">
        {version === null ? '' : `ptp-tester ${version}. `}
        The API behind this page: <a href="/openapi.json">/openapi.json</a>, for Prometheus <code>/metrics</code>.
      </footer>
    </>
  );
}

function RunList({ runs }: { readonly runs: readonly RunSummary[] }) {
  if (runs.length === 0) return <NoRuns />;
  return (
    <div class="card table-card">
      <table class="runs">
        <thead>
          <tr>
            <th scope="col">Run</th>
            <th scope="col">State</th>
            <th scope="col">
              <Term name="verdict" />
            </th>
            <th scope="col">Instances</th>
            <th scope="col" class="number">
              <Term name="instance_hours" />
            </th>
            <th scope="col">Began (UTC)</th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <RunRow key={run.id} run={run} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function RunRow({ run }: { readonly run: RunSummary }) {
  const state = stateWord(run);
  const verdict = verdictWord(run);
  const decided = decidedText(run);
  const failed = run.instances_failed;
  return (
    <tr>
      <th scope="row" data-label="Run">
        <Link to={{ page: 'run', run: run.id, filter: NO_FILTER }}>{run.id}</Link>{' '}
        {run.simulated ? <SimulatedTag /> : null}
        <div class="soft small">{typesText(run)}</div>
      </th>
      <td data-label="State">
        <Badge tone={state.tone} title={state.meaning}>
          {state.word}
        </Badge>
        <div class="small">
          <ProgressBar run={run} />
        </div>
      </td>
      <td data-label="Verdict">
        {verdict === null ? (
          <span class="soft">-</span>
        ) : (
          <Badge tone={verdict.tone} title={verdict.meaning}>
            {verdict.word}
          </Badge>
        )}
        <div class="soft small">{verdictCounts(run)}</div>
        {decided === null ? null : <div class="soft small">{decided}</div>}
      </td>
      <td data-label="Instances">
        {run.state === 'ended' ? run.instances_total : `${run.agents_connected} of ${run.instances_total} connected`}
        {failed === 0 ? null : <div class="bad small">{failed} failed</div>}
      </td>
      <td data-label="Instance-hours" class="number">
        {run.instance_hours} h
      </td>
      <td data-label="Began">
        <Instant at={run.created_at} bare />
        <div class="soft small">{run.region}</div>
      </td>
    </tr>
  );
}

function NoRuns() {
  return (
    <div class="card">
      <h2>No run yet</h2>
      <p>
        A run launches EC2 instances, measures their system clocks against the PTP hardware clock for minutes or weeks,
        and reports. Start one here, or from a terminal:
      </p>
      <pre>ptp-tester run --config run.yaml --detach</pre>
      <p class="soft">
        To see how it works without AWS: <code>ptp-tester demo</code> runs three instances on this machine with a
        SIMULATED clock.
      </p>
    </div>
  );
}
