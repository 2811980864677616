/** Removes everything of one run by its tags, whatever its controller knew: for `ptp-tester cleanup RUN`. */
import type { Leftover, RunId } from '../../runs/run.ts';
import type { RunRepository } from '../../runs/run-repository.ts';
import type { Ec2Factory } from '../aws/ec2-calls.ts';
import { isKept } from '../decide/next-keep-steps.ts';
import { type Ec2, type ObservedInstance, TAGS } from '../ec2.ts';
import { FleetError } from '../fleet-error.ts';
import { findLeftovers } from './find-leftovers.ts';
import { heartbeatsOf, SWEEP_POLICY, type SweptResource } from './judge-sweep.ts';
import { type RemoveFailures, removeTagged } from './remove-tagged.ts';
import { findTagged } from './sweep.ts';

export interface CleanupOptions {
  readonly run: RunId;
  readonly region: string;
  /** The controller that asks: its own runs it may clean up at once. */
  readonly controllerId: string;
  /** Also when another controller showed a sign of life lately. */
  readonly force?: boolean;
  readonly timeoutMs?: number;
}

export interface CleanupDependencies {
  readonly ec2For: Ec2Factory;
  /** Whose record of the run is brought up to date; must not be driven by anybody meanwhile. */
  readonly repository: RunRepository;
  readonly sleep: (ms: number) => Promise<void>;
  now(): number;
}

export interface CleanedResource {
  readonly kind: string;
  readonly id: string;
}

export interface CleanupReport {
  readonly removed: readonly CleanedResource[];
  /** Stays because its operator keeps it. */
  readonly kept: readonly CleanedResource[];
  /** Still there, each with the command that removes it. */
  readonly leftovers: readonly Leftover[];
}

export interface CleanupPreview extends Omit<CleanupReport, 'removed'> {
  readonly would_remove: readonly CleanedResource[];
}

const DEFAULT_TIMEOUT_MS = 300_000;

function refuseIfAlive(found: readonly SweptResource[], options: CleanupOptions, awsNow: number): void {
  if (options.force === true) return;
  const foreign = found.filter(({ tags }) => tags[TAGS.controller] !== options.controllerId);
  const heartbeatAt = heartbeatsOf(foreign).get(options.run);
  if (heartbeatAt === undefined || awsNow - heartbeatAt > SWEEP_POLICY.aliveMs) return;
  const controller = foreign[0]?.tags[TAGS.controller] ?? 'unknown';
  throw new FleetError(
    'run_unfit',
    `run ${options.run} belongs to the controller ${controller}, which lived at ${new Date(heartbeatAt).toISOString()}: stop the run there, or clean up with --force`,
  );
}

/** A kept instance, and the kept groups that one is in; a kept group whose instances have all gone serves nobody. */
function staying(found: readonly SweptResource[]): readonly SweptResource[] {
  const kept = found.filter(({ tags }) => isKept(tags));
  const used = new Set(kept.flatMap(({ groups }) => groups));
  return kept.filter(({ kind, id }) => kind === 'instance' || used.has(id));
}

interface Seen {
  readonly leftovers: readonly Leftover[];
  /** All of the run that EC2 still shows, kept or not. */
  readonly observed: readonly ObservedInstance[];
}

/** The record follows what was seen: nothing of the run lives on but what is kept. */
function bringUpToDate(
  options: CleanupOptions,
  { repository, now }: CleanupDependencies,
  { leftovers, observed }: Seen,
): void {
  const run = repository.run(options.run);
  if (run === null) return;
  const alive = observed.filter(({ state }) => state !== 'terminated');
  for (const { index, instanceId, state } of repository.instances(run.id)) {
    const lives = alive.some((one) => one.instanceId === instanceId || one.index === index);
    if (!lives && state !== 'terminated') repository.updateInstance(run.id, index, { state: 'terminated' });
  }
  const outcome = leftovers.length > 0 ? 'left_behind' : 'could_not_complete';
  if (run.state !== 'ended') {
    const stopReason = run.stopReason ?? 'cleaned up by the operator';
    repository.updateRun(run.id, { state: 'ended', endedAt: now(), outcome, stopReason, leftovers });
    return;
  }
  const wasLeftBehind = run.outcome === 'left_behind';
  repository.updateRun(run.id, { leftovers, ...(wasLeftBehind ? { outcome } : {}) });
}

interface Found {
  readonly ec2: Ec2;
  /** What cleanup removes. */
  readonly doomed: readonly SweptResource[];
  readonly stays: readonly SweptResource[];
}

async function findAll(options: CleanupOptions, { ec2For }: Pick<CleanupDependencies, 'ec2For'>): Promise<Found> {
  const { run, region } = options;
  const ec2 = ec2For({ region, run });
  const found = await findTagged(ec2, { run });
  refuseIfAlive(found, options, ec2.serverTime());
  const stays = new Set(staying(found));
  return { ec2, doomed: found.filter((resource) => !stays.has(resource)), stays: [...stays] };
}

/** The leak audit: what is there now and is not meant to stay. */
async function audit(ec2: Ec2, { run, region }: CleanupOptions, failures: RemoveFailures): Promise<Seen> {
  const scope = { run };
  const [observed, securityGroups, placementGroups, tagged] = await Promise.all([
    ec2.describeInstances(scope),
    ec2.securityGroups(scope),
    ec2.placementGroups(scope),
    ec2.taggedResources(scope).then((all) => ec2.existing(all)),
  ]);
  const unkept = observed.filter(({ tags }) => !isKept(tags));
  const kept = observed.filter(({ tags, state }) => isKept(tags) && state !== 'terminated');
  const attached = new Set(kept.flatMap((one) => [...one.volumeIds, ...one.networkInterfaceIds]));
  const leftovers = findLeftovers({
    run: { id: run, spec: { region } },
    instances: [],
    observed: unkept,
    groups: { securityGroups, placementGroups },
    tagged: tagged.filter(({ id }) => !attached.has(id)),
    troubles: failures,
  });
  return { leftovers, observed };
}

function short({ kind, id }: SweptResource): CleanedResource {
  return { kind, id };
}

/**
 * Ends with a leak audit of its own. A kept instance, and the groups it is in, are never touched; the groups of kept instances that
 * their operator has ended go. Throws `FleetError`:
 * `run_unfit` when another controller looks after the run, `call_failed` when EC2 cannot be asked.
 */
export async function cleanupRun(options: CleanupOptions, deps: CleanupDependencies): Promise<CleanupReport> {
  const { run, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const { ec2, doomed, stays } = await findAll(options, deps);
  const failures = await removeTagged(doomed, { scope: { run }, timeoutMs }, { ...deps, ec2 });
  const seen = await audit(ec2, options, failures);
  bringUpToDate(options, deps, seen);
  return {
    removed: doomed.filter(({ id }) => !failures.has(id)).map(short),
    kept: stays.map(short),
    leftovers: seen.leftovers,
  };
}

/** What `cleanupRun` would do now: asks the same, refuses the same, changes nothing. */
export async function previewCleanup(
  options: CleanupOptions,
  deps: Pick<CleanupDependencies, 'ec2For'>,
): Promise<CleanupPreview> {
  const { ec2, doomed, stays } = await findAll(options, deps);
  const { leftovers } = await audit(ec2, options, new Map());
  const ids = new Set(doomed.map(({ id }) => id));
  return {
    would_remove: doomed.map(short),
    kept: stays.map(short),
    leftovers: leftovers.filter(({ id }) => !ids.has(id)),
  };
}
