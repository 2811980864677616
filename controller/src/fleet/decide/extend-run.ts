/** How much longer a soak may go on: what was fixed when its instances were launched decides (pure). */
import { durationText } from '../../config/duration.ts';
import { fleetSpecOf } from '../../runs/fleet-spec.ts';
import type { InstanceRecord, Run } from '../../runs/run.ts';
import { endPhasesS, switchLifeS } from '../../runs/run-bound.ts';

export interface ExtensionRequest {
  readonly run: Run;
  readonly instances: readonly InstanceRecord[];
  readonly seconds: number;
}

export type Extension = { readonly soakEndsAt: number } | { readonly refused: string };

/** The new end of the soak, or why not, with the arithmetic. */
export function extendSoak({ run, instances, seconds }: ExtensionRequest): Extension {
  const { state, soakStartedAt, soakEndsAt, stopReason, id } = run;
  if (state !== 'soaking' || soakStartedAt === null || soakEndsAt === null || stopReason !== null) {
    const what = stopReason === null ? state : 'being stopped';
    return { refused: `run ${id} is ${what}: only a soak that is under way can be extended` };
  }
  const wanted = soakEndsAt + seconds * 1000;
  return (
    tooManyHours(run, { instances, soakS: (wanted - soakStartedAt) / 1000 }) ??
    beyondSwitch(run, instances, wanted) ?? { soakEndsAt: wanted }
  );
}

/** The bound that the operator set, for the soak alone, as at the start of the run; what has gone counts for as long as it soaked. */
function tooManyHours(
  { spec, soakStartedAt }: Run,
  { instances, soakS }: { readonly instances: readonly InstanceRecord[]; readonly soakS: number },
): Extension | null {
  const { maxInstanceHours } = fleetSpecOf(spec);
  const count = instances.filter(isAlive).length;
  const spent = instances.reduce((sum, instance) => sum + soakedS(instance, soakStartedAt ?? 0), 0) / 3600;
  const hours = (count * soakS) / 3600 + spent;
  if (maxInstanceHours === null || hours <= maxInstanceHours) return null;
  const gone = spent > 0 ? ` + ${spent.toFixed(1)} of those that have gone` : '';
  const sum = `${count} instances x ${(soakS / 3600).toFixed(1)} h of soak${gone} = ${hours.toFixed(1)} instance-hours`;
  return { refused: `${sum}, and --max-instance-hours allows ${maxInstanceHours}` };
}

/** How much of the soak an instance saw that has gone since. */
function soakedS(instance: InstanceRecord, soakStartedAt: number): number {
  const { terminating, terminated } = instance.reachedAt;
  const endedAt = terminating ?? terminated;
  return isAlive(instance) || endedAt === undefined ? 0 : Math.max(0, endedAt - soakStartedAt) / 1000;
}

/** Each instance's dead-man's switch was armed at launch for a fixed time, `--extend-room` in it; the end of the run must fit before it. */
function beyondSwitch(
  { spec, soakEndsAt }: Run,
  instances: readonly InstanceRecord[],
  wanted: number,
): Extension | null {
  const launches = instances.filter(isAlive).flatMap(({ reachedAt }) => reachedAt.launching ?? []);
  const firstLaunchAt = Math.min(...launches);
  const latest = firstLaunchAt + (switchLifeS(spec) - endPhasesS(spec)) * 1000;
  if (launches.length === 0 || wanted <= latest) return null;
  const { maxLifetimeS, extendRoomS } = fleetSpecOf(spec);
  const planned =
    extendRoomS === 0
      ? 'the planned soak with every time-out'
      : `the planned soak with every time-out and --extend-room ${durationText(extendRoomS)}`;
  const why = maxLifetimeS === null ? planned : `--max-lifetime ${durationText(maxLifetimeS)}`;
  const most = Math.floor((latest - (soakEndsAt ?? latest)) / 1000);
  const advice = most > 0 ? `Extend it by at most ${durationText(most)}` : 'It cannot be extended';
  const later =
    extendRoomS === 0 && maxLifetimeS === null ? '; a run that is started with --extend-room can be, by that' : '';
  return {
    refused:
      `the soak would end at ${text(wanted)}, and the latest possible end is ${text(latest)}: the first instance was launched at ` +
      `${text(firstLaunchAt)}, its dead-man's switch ends it after ${durationText(switchLifeS(spec))} (${why}), and ` +
      `delivering and terminating may take ${durationText(endPhasesS(spec))} of that. ${advice}${later}`,
  };
}

function isAlive({ state }: InstanceRecord): boolean {
  return state !== 'terminated' && state !== 'terminating' && state !== 'planned';
}

function text(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
