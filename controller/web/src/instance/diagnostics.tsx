/** What is known of the machine and of its set-up: facts, states with their times, and the output of the commands that looked. */
import type { InstanceSummary } from '../../../src/api/schemas.ts';
import { Instant } from '../components/instant.tsx';

export function Diagnostics({ summary }: { readonly summary: InstanceSummary }) {
  const { facts, ptp_status: status, reached_at: reached } = summary;
  const outputs = Object.entries(status?.diagnostic_output ?? {});
  return (
    <section class="card" aria-label="Diagnostics">
      <h2>Diagnostics</h2>
      <Facts rows={Object.entries(facts ?? {})} />
      {status === null ? (
        <p class="soft">The agent has not reported on the clock yet.</p>
      ) : (
        <Facts rows={Object.entries(status).filter(([name]) => name !== 'diagnostic_output')} />
      )}
      <dl class="facts">
        {Object.entries(reached).map(([state, at]) => (
          <div key={state}>
            <dt>{state}</dt>
            <dd>
              <Instant at={at} />
            </dd>
          </div>
        ))}
      </dl>
      {outputs.map(([name, text]) => (
        <details key={name}>
          <summary>
            <code>{name}</code>
          </summary>
          <pre>{text}</pre>
        </details>
      ))}
    </section>
  );
}

function Facts({ rows }: { readonly rows: readonly (readonly [string, unknown])[] }) {
  const known = rows.filter(([, value]) => value !== null && value !== '');
  if (known.length === 0) return null;
  return (
    <dl class="facts">
      {known.map(([name, value]) => (
        <div key={name}>
          <dt>{name.replaceAll('_', ' ')}</dt>
          <dd>{factText(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

function factText(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'string' || typeof value === 'number' ? String(value) : JSON.stringify(value);
}
