/** Which instances are kept (pure): who is fit for it, what the operator's words mean, what the policy says. */
import { fleetSpecOf } from '../../runs/fleet-spec.ts';
import { instanceName } from '../../runs/instance-name.ts';
import type { InstanceRecord, Run } from '../../runs/run.ts';

/** It delivered everything and its PHC works: an unsupported or failed instance is never kept. */
export function isKeepable({ state, failure, verdict }: InstanceRecord): boolean {
  if (failure !== null || verdict === null) return false;
  const reached = state === 'finished' || state === 'keeping' || state === 'kept';
  const isSetUp = verdict.setup.value === 'locked' || verdict.setup.value === 'not_attempted';
  return reached && verdict.capability.value === 'supported' && isSetUp;
}

/** The indexes that are kept; null while the operator has yet to say. */
export function keepDecisionOf(run: Run): readonly number[] | 'all' | null {
  const { keep } = fleetSpecOf(run.spec);
  if (keep === 'none') return [];
  if (run.keepDecision !== null && run.keepDecision !== undefined) return run.keepDecision;
  return keep === 'ask' ? null : keep;
}

/** By when the operator must have said what is kept, ms since 1970: afterwards nothing is. Null: nobody is asked now. */
export function keepDecisionDueAt(run: Run): number | null {
  const { state, stopReason, keepAskedAt = null } = run;
  if (state !== 'keeping' || stopReason !== null || keepAskedAt === null || keepDecisionOf(run) !== null) return null;
  return keepAskedAt + fleetSpecOf(run.spec).keepDecisionS * 1000;
}

export interface KeepSelection {
  readonly indexes: readonly number[];
  /** What cannot be done of what was said; then nothing is decided. */
  readonly faults: readonly string[];
}

const RANGE = /^(\d{1,6})(?:-(\d{1,6}))?$/;

function parsePart(part: string, indexByName: ReadonlyMap<string, number>): readonly number[] | string {
  const named = indexByName.get(part.toLowerCase());
  if (named !== undefined) return [named];
  const [, from = '', to = from] = RANGE.exec(part) ?? [];
  const first = Number(from);
  const last = Number(to);
  if (from === '' || first < 1) {
    const [example = 'c7i.large-1'] = indexByName.keys();
    return `"${part}" is neither a number nor a range such as 5-7 nor a name such as ${example}`;
  }
  if (last < first) return `"${part}" ends before it begins`;
  return Array.from({ length: Math.min(last - first + 1, 100_000) }, (_, at) => first + at);
}

/** `all`, `none`, or indexes and names of the run as in `1,3,5-7,c7i.large-2`; white space does not matter. */
export function parseKeepSelection(text: string, instances: readonly InstanceRecord[]): KeepSelection {
  const word = text.trim().toLowerCase();
  const keepable = new Set(instances.filter(isKeepable).map(({ index }) => index));
  if (word === 'all') return { indexes: [...keepable], faults: [] };
  if (word === 'none' || word === '')
    return { indexes: [], faults: word === '' ? ['nothing was said: all, none, or for example 1,3,5-7'] : [] };
  const indexByName = new Map(instances.map((instance) => [instanceName(instance).toLowerCase(), instance.index]));
  const parts = word.split(',').map((part) => parsePart(part.replaceAll(/\s/g, ''), indexByName));
  const faults = parts.filter((part) => typeof part === 'string');
  const chosen = [...new Set(parts.filter((part) => typeof part !== 'string').flat())].sort((a, b) => a - b);
  const known = new Map(instances.map((instance) => [instance.index, instance]));
  for (const index of chosen) {
    const instance = known.get(index);
    if (instance === undefined) faults.push(`there is no instance ${index}`);
    else if (!keepable.has(index))
      faults.push(`instance ${index} (${instance.instanceType}) is not PTP-functional: it cannot be kept`);
  }
  return { indexes: faults.length === 0 ? chosen : [], faults };
}
