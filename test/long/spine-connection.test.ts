/** Connections that are gone for longer than any time-out of the protocol: cut, and stalled without a sign. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { type Spine, startSpine } from '../spine/spine-harness.ts';

it.for([
  { fault: 'cut', seconds: 30 },
  { fault: 'stall', seconds: 30 },
  // Beyond the agent's 30 s without an ack: it gives the connection up by itself.
  { fault: 'stall', seconds: 50 },
] as const)(
  'has no gap at all after a connection with a fault ($fault) of $seconds s',
  async ({ fault, seconds }, { onTestFinished }) => {
    const spine = await startSpine(onTestFinished);
    spine.run({ instanceTypes: 'c7i.large:2', duration: `${seconds + 15}s` });
    const { samples } = await spine.untilMeasuring();
    spine.proxy[fault]();
    // The length of the fault is what is tested.
    await sleep(seconds * 1000);
    expect(samplesBehind(spine, samples)).toBeLessThan(20);
    spine.proxy.restore();
    const ended = await spine.untilCompleted();
    await spine.expectClean(ended.run.id);
    expect(spine.gaps(ended.run.id)).toEqual([]);
    expect(ended.epochs).toHaveLength(2);
  },
);

/** How many samples were stored since; the fault lets only what was on its way arrive. */
function samplesBehind(spine: Spine, before: ReadonlyMap<string, number>): number {
  const now = spine.look()?.samples ?? new Map<string, number>();
  return [...before].reduce((sum, [instanceId, count]) => sum + (now.get(instanceId) ?? 0) - count, 0);
}
