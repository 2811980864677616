/** Adds an instance of any run to what is compared. */
import { useEffect, useState } from 'preact/hooks';
import type { InstanceSummary } from '../../../src/api/schemas.ts';
import { live } from '../live-feed.ts';
import { messageOf, request } from '../request.ts';
import type { Compared } from '../view.ts';

export interface InstancePickerProps {
  readonly run: string | null;
  readonly verb: string;
  onRun(run: string): void;
  onPick(picked: Compared): void;
}

export function InstancePicker({ run, verb, onRun, onPick }: InstancePickerProps) {
  const { instances, trouble } = useInstances(run);
  const [instance, setInstance] = useState('');
  const known = instances.filter(({ instance_id: id }) => id !== null);
  const chosen = known.some(({ instance_id: id }) => id === instance) ? instance : (known[0]?.instance_id ?? '');
  return (
    <span class="filter">
      <select aria-label="Run" value={run ?? ''} onChange={({ currentTarget }) => onRun(currentTarget.value)}>
        <option value="" disabled>
          Choose a run
        </option>
        {(live.value.runs ?? []).map(({ id }) => (
          <option key={id}>{id}</option>
        ))}
      </select>
      <select aria-label="Instance" value={chosen} onChange={({ currentTarget }) => setInstance(currentTarget.value)}>
        {known.map(({ instance_id: id, name }) => (
          <option key={id} value={id ?? ''}>
            {name} {id}
          </option>
        ))}
      </select>
      <button
        type="button"
        disabled={run === null || chosen === ''}
        onClick={() => run !== null && onPick({ run, instance: chosen })}
      >
        {verb}
      </button>
      {trouble === null ? null : <span class="bad small">{trouble}</span>}
    </span>
  );
}

/** Of one run; empty while they are not known. */
function useInstances(run: string | null) {
  const [instances, setInstances] = useState<readonly InstanceSummary[]>([]);
  const [trouble, setTrouble] = useState<string | null>(null);
  useEffect(() => {
    if (run === null) return;
    const abort = new AbortController();
    request<{ instances: InstanceSummary[] }>(`/api/v1/runs/${run}/instances`, { signal: abort.signal })
      .then((reply) => {
        setInstances(reply.instances);
        setTrouble(null);
      })
      .catch((error: unknown) => {
        if (!abort.signal.aborted) setTrouble(messageOf(error));
      });
    return () => abort.abort();
  }, [run]);
  return { instances, trouble };
}
