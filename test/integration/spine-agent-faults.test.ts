/** What can happen to an agent and to its records: kill -9, and records that no controller can accept. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Poison, type Poisoned, poisonSpool, quarantined } from '../spine/poison-record.ts';
import { type Spine, startSpine } from '../spine/spine-harness.ts';

const UNIT = 'ptp-tester-agent.service';
const STATE = 'var/lib/ptp-tester';

it.concurrent('loses nothing acknowledged when an agent is killed, and shows the restart as a gap', async ({
  onTestFinished,
}) => {
  const spine = await startSpine(onTestFinished);
  spine.run({ duration: '9s' });
  const { samples, instances, epochs: before } = await spine.untilMeasuring();
  const instanceId = instances[0]?.instanceId ?? '';
  await spine.killAgent(instanceId);
  const { epochs } = await spine.until('a second epoch is stored', ({ epochs }) => epochs.length === 2);
  expect(new Set(epochs.map(({ epoch }) => epoch)).size).toBe(2);
  expect(epochs.map(({ bootId }) => bootId)).toEqual([before[0]?.bootId, before[0]?.bootId]);
  await spine.untilMoreSamples(samples);
  const ended = await spine.untilCompleted();
  expect(ended.events.map(({ event }) => event)).toContain('agent_restarted');
  await spine.expectClean(ended.run.id);
  const gaps = spine.gaps(ended.run.id);
  expect(gaps.map(({ stream }) => stream)).toEqual(expect.arrayContaining(['raw', 'phc']));
  expect(new Set(gaps.map(({ cause }) => cause))).toEqual(new Set(['agent_restart']));
});

it.concurrent('puts a record aside that the controller cannot accept, says so on both sides, and the rest flows', async ({
  onTestFinished,
}) => {
  const spine = await startSpine(onTestFinished);
  spine.run({ instanceTypes: 'c7i.large:2', duration: '10s' });
  const { instances } = await spine.untilMeasuring();
  const [nacked = '', unreadable = ''] = instances.map(({ instanceId }) => instanceId ?? '');
  const poison = await plant(spine, nacked, 'undecodable');
  const foreign = await plant(spine, unreadable, 'unknown_stream');
  const ended = await spine.untilCompleted();
  const eventsOf = (instanceId: string, event: string) =>
    [...ended.events, ...ended.agentEvents].filter((it) => it.instanceId === instanceId && it.event === event);

  const { epoch, sequence } = poison;
  expect(eventsOf(nacked, 'record_nacked').map(({ detail }) => detail)).toMatchObject([{ epoch, sequence }]);
  const rejected = eventsOf(nacked, 'record_rejected').map(({ detail }) => detail);
  expect(rejected).toMatchObject([{ epoch, sequence, kept: true }]);
  expect(quarantined(join(spine.kept, nacked, STATE))).toHaveLength(1);
  expect(eventsOf(nacked, 'clock_set')).toMatchObject([{ epoch, sequence: sequence + 1 }]);

  // The agent itself cannot tell what this one is: it stands as a gap, and the rest flows.
  expect(eventsOf(unreadable, 'spool_repaired').map(({ detail }) => detail)).toMatchObject([{ lost_records: 1 }]);
  expect(eventsOf(unreadable, 'clock_set')).toMatchObject([{ ...foreign, sequence: foreign.sequence + 1 }]);

  const { totals } = await spine.expectClean(ended.run.id);
  expect(totals.nacked).toBe(1);
});

/** Stops the agent as its operator would, puts poison into its spool, and starts it again. */
async function plant(spine: Spine, instanceId: string, poison: Poison): Promise<Poisoned> {
  await spine.systemctl(instanceId, 'stop', UNIT);
  const identity = poisonSpool(join(spine.folderOf(instanceId), STATE), poison);
  await spine.systemctl(instanceId, 'start', UNIT);
  return identity;
}
