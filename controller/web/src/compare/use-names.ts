/** What the compared instances are called, whichever runs they are of. */
import { useEffect, useState } from 'preact/hooks';
import type { InstanceSummary } from '../../../src/api/schemas.ts';
import { request } from '../request.ts';
import type { Compared } from '../view.ts';

/** By instance id; what is not known yet, or not any more, is missing. */
export function useNames(compared: readonly Compared[]): ReadonlyMap<string, string> {
  const [names, setNames] = useState<ReadonlyMap<string, string>>(new Map());
  const runs = [...new Set(compared.map(({ run }) => run))].sort().join(' ');
  useEffect(() => {
    if (runs === '') return;
    const abort = new AbortController();
    for (const run of runs.split(' ')) {
      request<{ instances: InstanceSummary[] }>(`/api/v1/runs/${run}/instances`, { signal: abort.signal })
        .then(({ instances }) => {
          const found = instances.map(({ instance_id: id, name }) => [id ?? '', name] as const);
          setNames((before) => new Map([...before, ...found]));
        })
        // A run that is not there any more: its id stands for the instance, and the samples say what is wrong.
        .catch(() => undefined);
    }
    return () => abort.abort();
  }, [runs]);
  return names;
}
