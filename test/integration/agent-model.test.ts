/**
 * Model-based: the agent's real spool and uplink against the controller's real acceptance rules over a link with every fault,
 * with killed agents, restarted controllers, full disks, full spools and poison records. Whatever happens, every record that was
 * on the agent's disk is stored exactly once, or accounted for by a gap or a nack; and nothing is acknowledged before it is stored.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { FakeClock, seededRandom } from '@ptp-tester/testkit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LossyLink } from './agent-model/lossy-link.ts';
import { BATCH_ROWS, ID_NS, ModelAgent } from './agent-model/model-agent.ts';
import { ModelController, type Taken } from './agent-model/model-controller.ts';

const HISTORIES = Number(process.env['PTP_TESTER_HISTORIES'] ?? 10_000);

interface World {
  readonly agent: ModelAgent;
  readonly controller: ModelController;
  readonly link: LossyLink;
  readonly clock: FakeClock;
}

type Step = (world: World, argument: number) => void | Promise<void>;

/** Lets everything run that waits for nothing but the next turn. */
async function settle(): Promise<void> {
  await nextTurn();
}

function repeat(times: number, work: () => unknown): void {
  for (let time = 0; time < times; time += 1) work();
}

/** What may happen, as often as it stands here. `argument` is 0 to 999. */
const STEPS: readonly (readonly [weight: number, step: Step])[] = [
  [6, ({ agent }, argument) => repeat(1 + (argument % 12), () => agent.record(argument % 3 === 0 ? 'raw' : 'host'))],
  [3, ({ agent }) => agent.record('event')],
  [1, ({ agent }) => agent.record('poison')],
  [6, ({ agent }) => void agent.flush()],
  [
    3,
    async (_, argument) => {
      for (let turn = argument % 12; turn > 0; turn -= 1) await null;
    },
  ],
  [4, settle],
  [5, ({ link }) => link.open()],
  [8, ({ link }, argument) => repeat(1 + (argument % 5), () => link.moveToController())],
  [8, ({ link }, argument) => repeat(1 + (argument % 5), () => link.moveToAgent())],
  [6, ({ controller }) => controller.commit()],
  [6, ({ clock }, argument) => clock.advanceMs([1, 600, 5_000, 31_000][argument % 4] ?? 1)],
  [2, ({ link }, argument) => link.cut(argument % 4)],
  [
    2,
    ({ link }, argument) =>
      link.disturb(
        argument % 2 === 0 ? 'toAgent' : 'toController',
        (['drop', 'double', 'overtake'] as const)[argument % 3] ?? 'drop',
      ),
  ],
  [
    1,
    ({ controller, link }) => {
      controller.restart();
      link.cut(0);
    },
  ],
  [1, (world, argument) => killAndStart(world, argument)],
  [
    1,
    ({ agent }, argument) => {
      agent.disk.freeBytes = argument;
    },
  ],
  [
    1,
    ({ agent }) => {
      agent.disk.freeBytes = Number.POSITIVE_INFINITY;
    },
  ],
];

const WHEEL: readonly Step[] = STEPS.flatMap(([weight, step]) => Array.from({ length: weight }, () => step));

/** The process dies, a new one starts; what the old one had sent may still arrive. The new one is not waited for. */
function killAndStart({ agent, link }: World, argument: number): void {
  link.abandon(argument % 3);
  agent.kill((argument % 11) / 10);
  void agent.start();
}

/** Every fault ends; the agent runs until the controller has everything. */
async function heal({ agent, controller, link, clock }: World): Promise<void> {
  agent.disk.freeBytes = Number.POSITIVE_INFINITY;
  await settle();
  if (agent.spool === null) await agent.start();
  for (let round = 0; round < 300; round += 1) {
    void agent.flush();
    await settle();
    if (agent.spool?.isFlushed === true && agent.spool.unackedRecords === 0) return;
    link.open();
    while (link.moveToController()) await null;
    controller.commit();
    while (link.moveToAgent()) await null;
    await settle();
    clock.advanceMs(1_000);
  }
  throw new Error('the records were not delivered within 300 s of a healthy world');
}

function idOf(taken: Taken): number | null {
  const { content } = taken;
  if (content.kind === 'event') return Number(content.detail['id']);
  return content.kind === 'batch' ? Number(BigInt(content.columns[0]?.[0] ?? 0) / ID_NS) : null;
}

/** The sequences that the controller took are contiguous in each epoch: nothing is missing, nothing is there twice. */
function checkSequences(controller: ModelController): void {
  const reached = new Map<string, number>();
  for (const { epoch, firstSequence, sequence } of controller.durable) {
    expect(firstSequence).toBe((reached.get(epoch) ?? 0) + 1);
    reached.set(epoch, sequence);
  }
}

function checkRecords({ agent, controller }: World): void {
  const ids = controller.durable.map(idOf).filter((id) => id !== null);
  const taken = new Set(ids);
  expect(taken.size).toBe(ids.length);
  const gaps = controller.durable.flatMap(({ content }) => (content.kind === 'gap' ? [content] : []));
  const losses = gaps.flatMap((gap) => gap.losses);
  const lostEvents = gaps.reduce((sum, gap) => sum + gap.lostEvents, 0);
  const lostBatches = losses.reduce((sum, loss) => sum + loss.samples / BATCH_ROWS, 0);
  expect(ids.length + lostEvents + lostBatches).toBeLessThanOrEqual(agent.recorded.length);
  const isInLoss = (id: number) =>
    losses.some(({ fromAt, toAt }) => fromAt / ID_NS <= BigInt(id) && BigInt(id) <= toAt / ID_NS);
  const unaccounted = agent.recorded.filter(({ id, isSafe }) => isSafe && !taken.has(id) && !isInLoss(id));
  expect(unaccounted.length).toBeLessThanOrEqual(lostEvents);
}

function checkAcks({ agent, controller }: World): void {
  for (const { epoch, first } of agent.spool?.epochs() ?? []) {
    expect(first - 1).toBeLessThanOrEqual(controller.through(epoch));
  }
}

async function live(history: { readonly seed: number; readonly small: boolean; readonly steps: readonly number[] }) {
  const clock = new FakeClock();
  const controller = new ModelController();
  const link = new LossyLink(controller);
  const maxBytes = history.small ? 16_384 : 1_048_576;
  const agent = new ModelAgent({ maxBytes, random: seededRandom(history.seed) }, { clock, link });
  const world: World = { agent, controller, link, clock };
  await agent.start();
  for (const number of history.steps) {
    await WHEEL[number % WHEEL.length]?.(world, Math.floor(number / WHEEL.length) % 1000);
    checkAcks(world);
  }
  await heal(world);
  checkAcks(world);
  checkSequences(controller);
  checkRecords(world);
  expect(agent.problems).toEqual([]);
  const nacked = controller.durable.filter(({ outcome }) => outcome === 'nacked').length;
  expect(agent.rejected.length).toBeLessThanOrEqual(nacked);
  return world;
}

const history = fc.record({
  seed: fc.nat({ max: 0xffff_ffff }),
  small: fc.boolean(),
  steps: fc.array(fc.nat({ max: WHEEL.length * 1000 - 1 }), { minLength: 5, maxLength: 80, size: 'max' }),
});

const SENT_ON_A_FULL_DISK = {
  seed: 0,
  small: true,
  steps: [
    12160, 59735, 27612, 22986, 27968, 45668, 54684, 25828, 36030, 2762, 27475, 7293, 11603, 0, 2368, 3456, 0, 58304,
  ],
};

test(`in ${HISTORIES} histories every record is stored once or accounted for, and acks never run ahead of the store`, async () => {
  const seen = { records: 0, gaps: 0, nacks: 0, epochs: 0 };
  await fc.assert(
    fc.asyncProperty(history, async (one) => {
      const { controller } = await live(one);
      seen.records += controller.durable.length;
      seen.gaps += controller.durable.filter(({ content }) => content.kind === 'gap').length;
      seen.nacks += controller.durable.filter(({ outcome }) => outcome === 'nacked').length;
      seen.epochs += new Set(controller.durable.map(({ epoch }) => epoch)).size;
    }),
    // The disk is full when records are first sent, and the agent is killed: what was sent must not become a gap afterwards.
    { numRuns: HISTORIES, examples: [[SENT_ON_A_FULL_DISK]] },
  );
  // The histories did contain what they are about.
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(HISTORIES / 100);
}, 900_000);
