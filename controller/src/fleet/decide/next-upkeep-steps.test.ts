import { expect, it } from 'vitest';
import { madeInstance, madeRun } from '../../runs/made-run.fixture.ts';
import { newFleetMemory } from './fleet-memory.ts';
import type { FleetView } from './fleet-view.ts';
import { watchContact } from './next-upkeep-steps.ts';

it('each silence of an agent is told once, also the second one a week later', () => {
  const run = madeRun({ state: 'soaking', endedAt: null, outcome: null });
  const instance = madeInstance({ state: 'measuring', instanceId: 'i-1' });
  const told = new Set<string>();
  /** How often it is told within a quarter of an hour of looks, each ten seconds. */
  const tellsFrom = (startAt: number, contact: { readonly connected: boolean; readonly lastContactAt: number }) => {
    let tells = 0;
    for (let now = startAt; now < startAt + 900_000; now += 10_000) {
      const memory = { ...newFleetMemory(run, 0), told };
      const agents = new Map([['i-1', { ...contact, disarmed: false }]]);
      const view = { run, agents, memory, now, health: new Map(), seenById: new Map() } as unknown as FleetView;
      for (const step of watchContact(view, instance)) {
        if (step.kind !== 'tell') continue;
        tells += 1;
        told.add(step.key);
      }
    }
    return tells;
  };
  const week = 7 * 86_400_000;
  expect(tellsFrom(0, { connected: false, lastContactAt: 0 })).toBe(1);
  expect(tellsFrom(week, { connected: true, lastContactAt: week })).toBe(0);
  expect(tellsFrom(2 * week, { connected: false, lastContactAt: 2 * week })).toBe(1);
});
