/** The real agent watches a SIMULATED PHC that stands still, refuses reads and goes away; its events arrive at a controller. */
import { ControllerDouble, zstdCodec } from '@ptp-tester/testkit';
import { decodeRecord, type Plan } from '@ptp-tester/wire';
import { afterEach, expect, test } from 'vitest';
import { AgentProcess } from './agent-process/agent-process.ts';

/** In seconds of the simulation: 50 ms between bursts make the way back from refused reads short. */
const STALL = { kind: 'stall', at_s: 1, for_s: 3 } as const;
const BUSY = { kind: 'ebusy', at_s: 5, for_s: 0.2 } as const;
const GONE = { kind: 'gone', at_s: 11, for_s: 1 } as const;
const PLAN: Plan = {
  generation: 1,
  phase: 'measure',
  sources: {
    raw: { interval_ms: 50 },
    phc: {
      interval_ms: 50,
      readings: 3,
      mode: 'simulated',
      simulated: {
        seed: 1,
        offset_ns: 120,
        frequency_ppb: 0,
        white_noise_ns: 20,
        random_walk_ns: 0,
        read_delay_ns: 800,
        faults: [STALL, BUSY, GONE],
      },
    },
  },
  batch: { max_samples: 60, max_age_ms: 300 },
  spool_max_bytes: 1_048_576,
};
const LEASE = { orphan_s: 600, ends_in_s: 600 };

const controller = new ControllerDouble({ plan: PLAN, lease: LEASE });
const agent = new AgentProcess();
afterEach(async () => {
  await agent.remove();
  await controller.close();
});

function phcEvents() {
  return controller.arrived
    .filter(({ header }) => header.kind === 'event')
    .map(({ record }) => decodeRecord(record, zstdCodec).content)
    .filter((content) => content.kind === 'event')
    .filter(({ event }) => /^(phc|reads|device)_/.test(event));
}

test('tells each trouble once, when it begins and when it is over, with how long it lasted', async () => {
  await agent.configure({ controllerUrl: await controller.start() });
  await agent.start();
  await controller.until(() => phcEvents().some(({ event }) => event === 'device_back'));
  const told = phcEvents();
  expect(told.map(({ event }) => event)).toEqual([
    'phc_read_method',
    'phc_stopped',
    'phc_running',
    'reads_blocked',
    'reads_recovered',
    'device_gone',
    'device_back',
  ]);
  expect(told[0]?.detail).toMatchObject({ method: 'simulated', clock: 'SIMULATED', error_bound: 'none' });
  // From the last sample at which it went to the first at which it went again: the stall, and a sample at each end.
  const stoodS = Number(told[2]?.detail['stood_still_s']);
  expect(stoodS).toBeGreaterThanOrEqual(STALL.for_s - 0.05);
  expect(told[4]?.detail['refused']).toBeGreaterThanOrEqual(2);
});
