/** Chooses instances of any run: one after the other, or the one that is shown. */
import { useEffect, useState } from 'preact/hooks';
import type { InstanceSummary } from '../../../src/api/schemas.ts';
import { live } from '../live-feed.ts';
import { messageOf, request } from '../request.ts';
import type { Compared } from '../view.ts';

interface PickerProps {
  readonly run: string | null;
  onRun(run: string): void;
}

export interface InstancePickerProps extends PickerProps {
  onPick(picked: Compared): void;
}

export function InstancePicker({ run, onRun, onPick }: InstancePickerProps) {
  const { known, trouble } = useInstances(run);
  const [instance, setInstance] = useState('');
  const chosen = known.some(({ instance_id: id }) => id === instance) ? instance : (known[0]?.instance_id ?? '');
  return (
    <span class="filter">
      <RunSelect run={run} onRun={onRun} />
      <select aria-label="Instance" value={chosen} onChange={({ currentTarget }) => setInstance(currentTarget.value)}>
        <InstanceOptions instances={known} />
      </select>
      <button
        type="button"
        disabled={run === null || chosen === ''}
        onClick={() => run !== null && onPick({ run, instance: chosen })}
      >
        Add
      </button>
      {trouble === null ? null : <span class="bad small">{trouble}</span>}
    </span>
  );
}

export interface InstanceChoiceProps extends PickerProps {
  /** Whose figures are shown; null: nobody's yet. */
  readonly chosen: Compared | null;
  onChoose(chosen: Compared): void;
}

/** The one instance that is shown: it says which, and shows another one as soon as that is chosen. */
export function InstanceChoice({ run, chosen, onRun, onChoose }: InstanceChoiceProps) {
  const { known, trouble } = useInstances(run);
  const shown = chosen?.run === run ? chosen.instance : '';
  return (
    <span class="filter">
      <RunSelect run={run} onRun={onRun} />
      <select
        aria-label="Instance"
        value={shown}
        onChange={({ currentTarget: { value } }) => run !== null && onChoose({ run, instance: value })}
      >
        <option value="" disabled>
          Choose an instance
        </option>
        <InstanceOptions instances={known} />
        {shown === '' || known.some(({ instance_id: id }) => id === shown) ? null : <option>{shown}</option>}
      </select>
      {trouble === null ? null : <span class="bad small">{trouble}</span>}
    </span>
  );
}

function RunSelect({ run, onRun }: PickerProps) {
  return (
    <select aria-label="Run" value={run ?? ''} onChange={({ currentTarget }) => onRun(currentTarget.value)}>
      <option value="" disabled>
        Choose a run
      </option>
      {(live.value.runs ?? []).map(({ id }) => (
        <option key={id}>{id}</option>
      ))}
    </select>
  );
}

function InstanceOptions({ instances }: { readonly instances: readonly InstanceSummary[] }) {
  return instances.map(({ instance_id: id, name }) => (
    <option key={id} value={id ?? ''}>
      {name} {id}
    </option>
  ));
}

/** Those of one run that were launched; empty while they are not known. */
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
  return { known: instances.filter(({ instance_id: id }) => id !== null), trouble };
}
