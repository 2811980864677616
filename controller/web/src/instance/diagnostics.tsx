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
        <>
          <Facts rows={statusRows(status)} />
          {status.time_offset_ns === null ? null : (
            <p class="soft small">
              The time offset is a single reading, of when the agent last told of a change in these facts; the newest
              one is at the top of the page.
            </p>
          )}
        </>
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

/** Of a simulated clock each word about the device is one about the simulation: `ena_driver_*` stay what the machine has. */
function statusRows({ diagnostic_output: _, ...status }: Status): readonly (readonly [string, unknown])[] {
  const rows = Object.entries(status);
  if (!status.simulated) return rows;
  return rows.map(([name, value]) => [name, OF_PHC.has(name) ? `${factText(value)} (SIMULATED)` : value]);
}

type Status = NonNullable<InstanceSummary['ptp_status']>;
const OF_PHC: ReadonlySet<string> = new Set(['supported', 'hardware_clock_present', 'time_offset_ns']);

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
