/** A run during which everything that can fail does, in an order and at moments that a seed decides. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '@ptp-tester/testkit';
import { expect } from 'vitest';
import { agentPid } from './agent-process.ts';
import { poisonSpool, quarantined } from './poison-record.ts';
import type { Spine } from './spine-harness.ts';

const UNIT = 'ptp-tester-agent.service';
const STATE = 'var/lib/ptp-tester';
const FAULTS = 7;

type Random = () => number;
type Fault = (spine: Spine, random: Random, instances: readonly string[]) => Promise<void>;

/** By name, for the record of what happened. */
const KINDS: Readonly<Record<string, Fault>> = {
  async 'kill the controller'(spine, random) {
    await spine.controller.kill();
    await sleep(random() * 1500);
    spine.serve();
  },
  async 'kill an agent'(spine, random, instances) {
    const pid = await agentPid(spine.marker, pick(instances, random));
    if (pid !== null) process.kill(pid, 'SIGKILL');
  },
  async 'cut the connection'(spine, random) {
    spine.proxy.cut();
    await sleep(random() * 4000);
    spine.proxy.restore();
  },
  async 'stall the connection'(spine, random) {
    spine.proxy.stall();
    await sleep(random() * 4000);
    spine.proxy.restore();
  },
  async 'lose the answers'(spine, random) {
    spine.proxy.loseAnswers();
    await sleep(random() * 4000);
    spine.proxy.restore();
  },
  async 'plant poison'(spine, random, instances) {
    const instanceId = pick(instances, random);
    await spine.systemctl(instanceId, 'stop', UNIT);
    poisonSpool(join(spine.folderOf(instanceId), STATE), 'undecodable');
    await spine.systemctl(instanceId, 'start', UNIT);
  },
};

function pick<T>(items: readonly T[], random: Random): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error('nothing to choose from');
  return item;
}

/** Runs with random faults; afterwards all that was produced must be stored once. Returns what was done, in order. */
export async function surviveRandomFaults(spine: Spine, seed: number): Promise<readonly string[]> {
  const done: string[] = [];
  try {
    await disturb(spine, seededRandom(seed), done);
    await expectDelivered(spine);
  } catch (error) {
    throw new Error(`seed ${seed}, after: ${done.join(', ')}`, { cause: error });
  }
  return done;
}

async function disturb(spine: Spine, random: Random, done: string[]): Promise<void> {
  spine.run({ instanceTypes: 'c7i.large:2', duration: '15s' });
  await spine.until('the run exists', ({ run: { state } }) => state !== 'created');
  // Half of the seeds also disturb the launch and the enrolment.
  if (random() < 0.5) await spine.untilMeasuring();
  while (done.length < FAULTS && spine.look()?.run.state !== 'ended') {
    await sleep(random() * 2500);
    const stored = spine.look();
    const living = (stored?.instances ?? []).filter(({ state }) => state === 'enrolled' || state === 'measuring');
    const name = pick(living.length > 0 ? Object.keys(KINDS) : Object.keys(KINDS).slice(0, 1), random);
    done.push(`${stored?.run.state}: ${name}`);
    const ids = living.flatMap(({ instanceId }) => instanceId ?? []);
    await KINDS[name]?.(spine, random, ids);
  }
}

async function expectDelivered(spine: Spine): Promise<void> {
  const ended = await spine.untilCompleted();
  const { totals } = await spine.expectClean(ended.run.id);
  expect(ended.events.filter(({ event }) => event === 'record_nacked')).toHaveLength(totals.nacked);
  const kept = ended.instances.map(({ instanceId }) => quarantined(join(spine.kept, instanceId ?? '', STATE)).length);
  expect(kept.reduce((sum, count) => sum + count, 0)).toBe(totals.nacked);
}
