/** Finds what runs left in whole regions, and removes what is expired or orphaned: never what a living controller or an operator has. */
import type { RunId } from '../../runs/run.ts';
import type { Ec2Factory } from '../aws/ec2-calls.ts';
import type { Ec2 } from '../ec2.ts';
import { removalCommand } from './find-leftovers.ts';
import {
  judgeAll,
  SWEEP_POLICY,
  type SweepPolicy,
  type SweptResource,
  sweptInstance,
  sweptPlacementGroup,
  sweptSecurityGroup,
} from './judge-sweep.ts';
import { removeTagged } from './remove-tagged.ts';

export interface SweepOptions {
  readonly regions: readonly string[];
  /** Only shows what would be done. */
  readonly dryRun: boolean;
  readonly policy?: SweepPolicy;
  readonly timeoutMs?: number;
}

export interface SweepDependencies {
  readonly ec2For: Ec2Factory;
  readonly sleep: (ms: number) => Promise<void>;
  now(): number;
}

export interface SweepEntry {
  readonly region: string;
  readonly run: RunId;
  readonly kind: string;
  readonly id: string;
  readonly action: 'removed' | 'would_remove' | 'left' | 'failed';
  /** Why it is removed or left; with `failed`, what went wrong. */
  readonly reason: string;
  /** Removes it by hand; empty for what is left on purpose. */
  readonly command: string;
}

const DEFAULT_TIMEOUT_MS = 300_000;

/** Everything of ours that is still there in a region. */
export async function findTagged(ec2: Ec2, scope: { readonly run?: RunId } = {}): Promise<readonly SweptResource[]> {
  const [instances, securityGroups, placementGroups] = await Promise.all([
    ec2.describeInstances(scope),
    ec2.securityGroups(scope),
    ec2.placementGroups(scope),
  ]);
  return [
    ...instances.filter(({ state }) => state !== 'terminated').map(sweptInstance),
    ...securityGroups.map(sweptSecurityGroup),
    ...placementGroups.filter(({ state }) => state !== 'deleted').map(sweptPlacementGroup),
  ];
}

async function sweepRegion(region: string, options: SweepOptions, deps: SweepDependencies): Promise<SweepEntry[]> {
  const { dryRun, policy = SWEEP_POLICY, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const ec2 = deps.ec2For({ region, run: null });
  const found = await findTagged(ec2);
  const judged = judgeAll(found, { awsNow: ec2.serverTime(), policy });
  const doomed = judged.filter(({ remove }) => remove).map(({ resource }) => resource);
  const failures = dryRun
    ? new Map<string, string>()
    : await removeTagged(doomed, { scope: {}, timeoutMs }, { ...deps, ec2 });
  return judged.map(({ resource, remove, reason }) => {
    const { run, kind, id } = resource;
    const place = { region, run, kind, id };
    if (!remove) return { ...place, action: 'left', reason, command: '' };
    const command = removalCommand(region, kind, id);
    if (dryRun) return { ...place, action: 'would_remove', reason, command };
    const failure = failures.get(id);
    if (failure === undefined) return { ...place, action: 'removed', reason, command: '' };
    return { ...place, action: 'failed', reason: `${reason}; ${failure}`, command };
  });
}

/** One region after the other; each call is logged. Throws `FleetError` `call_failed` when a region cannot be asked. */
export async function sweep(options: SweepOptions, deps: SweepDependencies): Promise<readonly SweepEntry[]> {
  const entries: SweepEntry[] = [];
  for (const region of options.regions) entries.push(...(await sweepRegion(region, options, deps)));
  return entries;
}
