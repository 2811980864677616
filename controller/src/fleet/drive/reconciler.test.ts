import { expect, it } from 'vitest';
import { madeInstance, madeRun, RUN_ID } from '../../runs/made-run.fixture.ts';
import { openRunRepository } from '../../runs/sqlite-run-repository.ts';
import { FLEET_POLICY } from '../decide/fleet-view.ts';
import type { Ec2 } from '../ec2.ts';
import { Reconciler } from './reconciler.ts';

it('tries a round that fails again after longer and longer, and at once when something of the run changes', async () => {
  const repository = openRunRepository(':memory:', { now: () => 0 });
  const instance = madeInstance({ state: 'measuring', instanceId: 'i-0123456789abcdef0' });
  repository.createRun(madeRun({ state: 'soaking' }), [instance]);
  const scheduled: { readonly ms: number; readonly callback: () => void }[] = [];
  const failed: string[] = [];
  let clockMs = 0;
  let onScheduled = (): void => undefined;
  const reconciler = new Reconciler({ policy: FLEET_POLICY }, {
    repository,
    ec2For: () => ({ describeInstances: () => Promise.reject(new Error('disk I/O error')) }) as Partial<Ec2> as Ec2,
    agentsOf: () => new Map(),
    controllerKey: new Uint8Array(32),
    launchContext: { controllerId: 'c', templates: {} as never, caPem: null },
    log: { debug: () => undefined, warn: () => undefined, error: (_, message) => failed.push(message) },
    timer: {
      schedule: (callback, ms) => {
        scheduled.push({ ms, callback });
        onScheduled();
        return () => undefined;
      },
    },
    now: () => clockMs,
    randomInt: () => 0,
    agentFile: () => Promise.reject(new Error('no launch')),
  } as ConstructorParameters<typeof Reconciler>[1]);
  reconciler.start();
  for (let round = 0; round < 8; round += 1) {
    const next = scheduled.at(-1);
    clockMs += next?.ms ?? 0;
    const ended = new Promise<void>((resolve) => {
      onScheduled = resolve;
    });
    next?.callback();
    await ended;
  }
  expect(scheduled.map(({ ms }) => ms)).toEqual([0, 1000, 2000, 4000, 8000, 16_000, 32_000, 32_000, 32_000]);
  expect(failed).toHaveLength(8);
  repository.updateRun(RUN_ID, { stopReason: 'enough' });
  expect(scheduled.at(-1)?.ms).toBeLessThan(1000);
  await reconciler.close();
  repository.close();
});
