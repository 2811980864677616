import { describe, expect, it } from 'vitest';
import type { FleetSpec } from './fleet-spec.ts';
import { madeRun, madeSpec } from './made-run.fixture.ts';
import { leaseForRun, planForRun } from './plan-for-run.ts';
import type { InstanceKeep, InstanceState, Run } from './run.ts';

function run(fleet: Partial<FleetSpec>): Run {
  const timeouts = { launchS: 60, agentS: 60, finishS: 30, terminateS: 30, orphanS: 3600 };
  const spec = madeSpec({ instanceTypes: [{ type: 'c7i.large', quantity: 1 }], durationS: 100, timeouts }, fleet);
  return madeRun({ state: 'keeping', createdAt: 0, soakStartedAt: 10_000, soakEndsAt: 110_000 }, spec);
}

function lease(state: InstanceState, keep: InstanceKeep | null): boolean {
  return leaseForRun(run({ keep: 'all' }), 120_000, { state, keep }).disarmed ?? false;
}

describe('the plan of a run', () => {
  it('tells agents to stay where something may be kept', () => {
    expect(planForRun(run({ keep: 'ask' }))).toMatchObject({ phase: 'finish', hold: true });
    expect(planForRun(run({}))).not.toHaveProperty('hold');
  });
});

describe('the lease of an instance', () => {
  const failure = { kind: 'keep_failed', message: '' };

  it('ends with the phases that are still to come', () => {
    expect(leaseForRun(run({}), 120_000).ends_in_s).toBe(50);
    expect(leaseForRun(run({ keep: 'all' }), 120_000).ends_in_s).toBe(350);
    expect(leaseForRun(run({ keep: 'all', maxLifetimeS: 30 }), 120_000).ends_in_s).toBe(30);
  });

  it('is disarmed from the second step of keeping on', () => {
    expect(lease('finished', null)).toBe(false);
    expect(lease('keeping', { step: 'check', since: 0, failure: null })).toBe(false);
    expect(lease('keeping', { step: 'disarm', since: 0, failure: null })).toBe(true);
    expect(lease('keeping', { step: 'verify', since: 0, failure: null })).toBe(true);
    expect(lease('kept', { step: 'done', since: 0, failure: null })).toBe(true);
  });

  it('is armed again when keeping failed before shutting down meant stopping', () => {
    expect(lease('keeping', { step: 'disarm', since: 0, failure })).toBe(false);
    expect(lease('keeping', { step: 'set_stop', since: 0, failure })).toBe(false);
    expect(lease('keeping', { step: 'retag', since: 0, failure })).toBe(true);
  });
});
