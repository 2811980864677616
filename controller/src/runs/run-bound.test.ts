import { describe, expect, it } from 'vitest';
import type { FleetSpec } from './fleet-spec.ts';
import { madeSpec } from './made-run.fixture.ts';
import type { RunSpec } from './run.ts';
import { agentTimeoutS, estimateInstanceHours, expiryS, launchTimeoutS, switchLifeS, wholeLifeS } from './run-bound.ts';

function spec(fleet: Partial<FleetSpec> = {}, type = 'c7i.large'): RunSpec {
  const timeouts = { launchS: 300, agentS: 300, finishS: 120, terminateS: 120, orphanS: 86_400 };
  return madeSpec({ instanceTypes: [{ type, quantity: 2 }], durationS: 3600, timeouts }, fleet);
}

describe('how long an instance may live', () => {
  it('is every phase at its time-out', () => {
    expect(wholeLifeS(spec())).toBe(300 + 300 + 3600 + 120 + 120);
    expect(switchLifeS(spec())).toBe(4440 + 300);
  });

  it('includes the wait for a decision and the keeping itself', () => {
    expect(wholeLifeS(spec({ keep: 'all' }))).toBe(4440 + 300);
    expect(wholeLifeS(spec({ keep: 'ask', keepDecisionS: 1000 }))).toBe(4440 + 300 + 1000);
  });

  it('gives bare metal 20 minutes to boot, and a canary the time to come first', () => {
    const metal = spec({}, 'm7i.metal-24xl');
    expect([launchTimeoutS(metal, 'm7i.metal-24xl'), agentTimeoutS(metal, 'm7i.metal-24xl')]).toEqual([1200, 1200]);
    expect(wholeLifeS(metal)).toBe(2400 + 3600 + 240);
    expect(wholeLifeS(spec({ canary: true }))).toBe(1200 + 3600 + 240);
  });

  it('is never more than the maximum lifetime', () => {
    expect(wholeLifeS(spec({ maxLifetimeS: 1000 }))).toBe(1000);
    expect(switchLifeS(spec({ maxLifetimeS: 1000 }))).toBe(1000);
    expect(expiryS(spec({ maxLifetimeS: 1000 }))).toBe(1600);
  });

  it('leaves room for extending the soak where that was asked for, within the maximum lifetime', () => {
    expect(wholeLifeS(spec({ extendRoomS: 7200 }))).toBe(4440);
    expect(switchLifeS(spec({ extendRoomS: 7200 }))).toBe(4740 + 7200);
    expect(switchLifeS(spec({ extendRoomS: 7200, maxLifetimeS: 6000 }))).toBe(6000);
  });

  it('is what the estimate of instance-hours is made from', () => {
    expect(estimateInstanceHours(spec())).toEqual({ typical: 2, atMost: (2 * 4740) / 3600 });
  });
});
