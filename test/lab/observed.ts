/** What tests of a lab run wait for: events with their times, verdicts; and what they tell about it. */
import { type EventKind, NS_PER_S, type Verdict } from '@ptp-tester/measurement';
import { expect } from 'vitest';
import type { StoredEvent } from '../../controller/src/store/sample-store.ts';
import type { Guest } from './guest.ts';
import type { LabRun } from './lab-run.ts';

/** The guest's system clock, ns since 1970. */
export async function guestNow(guest: Guest): Promise<bigint> {
  return BigInt(await guest.run('date +%s%N'));
}

/** The first event of each kind after this instant of the guest's system clock, when all of them are stored. */
export async function eventsSince(run: LabRun, since: bigint, kinds: readonly EventKind[]): Promise<StoredEvent[]> {
  const find = (events: readonly StoredEvent[]) =>
    kinds.flatMap((kind) => events.find(({ event, at }) => event === kind && at >= since) ?? []);
  const stored = await run.until(`the events ${kinds.join(', ')} are stored`, ({ agentEvents }) => {
    return find(agentEvents).length === kinds.length;
  });
  return find(stored.agentEvents);
}

/** Bounds the times that the events tell, by the guest's system clock; what they wait for is an emulated, shared machine. */
export function expectWithin(seconds: number, since: bigint, events: readonly StoredEvent[]): void {
  const late = events.map((one) => ({ event: one.event, afterS: Number(one.at - since) / NS_PER_S }));
  tell(`events: ${late.map(({ event, afterS }) => `${event} after ${afterS.toFixed(1)} s`).join(', ')}`);
  for (const { event, afterS } of late) expect(afterS, `${event}, seconds after its cause`).toBeLessThan(seconds);
}

/** The verdict of the run's one instance, when it has these values. */
export async function untilVerdict(
  run: LabRun,
  wanted: { readonly capability?: string; readonly setup?: string },
): Promise<Pick<Verdict, 'capability' | 'setup'>> {
  const stored = await run.until(`the verdict is ${JSON.stringify(wanted)}`, ({ instances }) => {
    const verdict = instances[0]?.verdict;
    const { capability = verdict?.capability.value, setup = verdict?.setup.value } = wanted;
    return verdict?.capability.value === capability && verdict?.setup.value === setup && verdict !== undefined;
  });
  const verdict = stored.instances[0]?.verdict;
  if (verdict === null || verdict === undefined) throw new Error('there is no verdict');
  return verdict;
}

/** A measured figure, for the one who reads the test's output. */
export function tell(text: string): void {
  process.stderr.write(`lab: ${text}\n`);
}
