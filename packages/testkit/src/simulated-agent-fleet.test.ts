import { afterEach, expect, test } from 'vitest';
import { ControllerDouble } from './controller-double.ts';
import { SimulatedAgentFleet, type SimulatedFleetOptions } from './simulated-agent-fleet.ts';

const RUN = '20261120-231757-k3f9';
const PLAN = {
  generation: 1,
  phase: 'measure',
  sources: {},
  batch: { max_samples: 60, max_age_ms: 5000 },
  spool_max_bytes: 65_536,
} as const;

let controller: ControllerDouble | null = null;
let fleet: SimulatedAgentFleet | null = null;

afterEach(async () => {
  fleet?.close();
  await controller?.close();
});

async function startFleet(pace: SimulatedFleetOptions['pace']) {
  const started = new ControllerDouble({ plan: PLAN, lease: { orphan_s: 60, ends_in_s: 60 } });
  controller = started;
  const url = (await started.start()).replace('http:', 'ws:');
  const launches = Array.from({ length: 5 }, (_, index) => ({
    run: RUN,
    index: index + 1,
    attempt: 1,
    token: 'token',
    instanceId: `i-0000000${index}`,
  }));
  const made = new SimulatedAgentFleet({
    url: `${url}/v1/agent`,
    launches,
    rowsPerBatch: 10,
    recordsPerFrame: 2,
    pace,
  });
  fleet = made;
  await made.connect();
  made.start();
  return { controller: started, fleet: made };
}

test.each(['as_acked', { batchesPerSecond: 200 }] as const)(
  'agents send contiguous sequences with pace %j',
  async (pace) => {
    const { controller, fleet } = await startFleet(pace);
    await controller.until(() => controller.arrived.length >= 200);
    fleet.pause();
    const byEpoch = Map.groupBy(controller.arrived, ({ header }) => header.epoch);
    expect(byEpoch.size).toBe(5);
    for (const records of byEpoch.values()) {
      expect(records.map(({ header }) => header.sequence)).toEqual(records.map((_, index) => index + 1));
      expect(records[0]?.header.kind).toBe('event');
      expect(records[1]?.header).toMatchObject({ kind: 'batch', stream: 'phc', rows: 10 });
    }
    expect(fleet.figures).toMatchObject({ streaming: 5, nackedRecords: 0, refused: 0, disconnected: 0 });
  },
);
