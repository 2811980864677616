import { describe, expect, it } from 'vitest';
import { madeInstance, madeRun } from '../analysis/made-run.fixture.ts';
import { madePreparation, madeType } from '../fleet/simulated/made-fleet.fixture.ts';
import { fleetLines, fleetOfInstance, fleetOfRun, priorOf } from './fleet-report.ts';
import { madeReport } from './made-report.fixture.ts';
import { renderMarkdown } from './render-markdown.ts';
import type { InstanceReport } from './report-schema.ts';

describe('priorOf', () => {
  it('says that API and machine disagree, either way, and nothing when one of them does not say', () => {
    expect(priorOf('supported', 'supported')).toEqual({ api: 'supported', agrees: true, explanation: null });
    expect(priorOf('supported', 'unsupported')).toMatchObject({ agrees: false });
    expect(priorOf('unsupported', 'supported').explanation).toContain('the machine has one');
    expect(priorOf(null, 'supported').agrees).toBeNull();
    expect(priorOf('supported', 'not_tested').agrees).toBeNull();
  });
});

describe('fleetOfInstance', () => {
  const run = madeRun({ resources: { securityGroupId: null, placementGroup: 'made-for-it' } });
  const type = madeType({ type: 'c7i.large', precisionTime: true, scopeWarning: 'outside', phcSupport: 'supported' });
  const preparation = madePreparation({
    types: [type],
    subnets: [
      { subnetId: 'subnet-1', vpcId: 'vpc-1', availabilityZone: 'eu-north-1a', availabilityZoneId: null },
      { subnetId: 'subnet-2', vpcId: 'vpc-1', availabilityZone: 'eu-north-1b', availabilityZoneId: null },
    ],
  });
  const context = { run, preparation, capability: 'unsupported' } as const;

  it('shows the subnet where it really is, and the precision-time group that was made', () => {
    const made = madeInstance({ instanceType: 'c7i.large', index: 7, typeIndex: 2 });
    const facts = made.facts === null ? null : { ...made.facts, availability_zone: 'eu-north-1b' };
    const shown = fleetOfInstance({ ...made, facts }, context);
    expect(shown).toMatchObject({ run_index: 7, subnet_id: 'subnet-2', placement_group: 'made-for-it' });
    expect(fleetOfInstance({ ...made, facts: null }, context).subnet_id).toBe(run.spec.subnetId);
  });

  it('knows nothing of a run without a preparation, and invents nothing', () => {
    const made = madeInstance({ instanceType: 'c7i.large', facts: null });
    expect(fleetOfInstance(made, { ...context, preparation: null })).toMatchObject({
      image_id: null,
      phc_prior: { api: null, agrees: null },
      scope_warning: null,
    });
  });
});

describe('the words of the report', () => {
  const firstResult = () => {
    const [first] = madeReport().results;
    if (first === undefined) throw new Error('the made report has no result');
    return first;
  };
  const lines = (change: Partial<InstanceReport>) => fleetLines({ ...firstResult(), ...change });

  it('calls out a disagreement and a failure to keep', () => {
    const failure = { kind: 'keep_failed', message: 'the agent did not confirm' };
    const keep = { step: 'disarm', since: '2026-11-20T00:00:00.000000000Z', failure };
    expect(lines({})).toEqual([]);
    expect(lines({ phc_prior: priorOf('unsupported', 'supported'), keep })).toEqual([
      expect.stringContaining('The EC2 API disagrees'),
      'Could not be kept (at disarm): the agent did not confirm',
    ]);
  });

  it('mentions the scope only where it weakens the verdict', () => {
    const unsupported = { value: 'unsupported', reason: 'x' } as const;
    const verdict = { ...firstResult().verdict, capability: unsupported };
    expect(lines({ scope_warning: 'outside' })).toEqual([]);
    expect(lines({ scope_warning: 'outside', verdict })).toHaveLength(1);
  });

  it('says why a run is paused and how it goes on, and what was doubtful before the launch', () => {
    const pause = { since: 0, reason: 'ExpiredToken', remedy: 'renew them' };
    const told = fleetOfRun(madeRun({ pause }), madePreparation({ warnings: ['sg-1 is open'] }));
    const report = madeReport();
    const text = renderMarkdown({ ...report, run: { ...report.run, ...told } });
    expect(text).toContain('paused since 1970-01-01 00:00:00 UTC: ExpiredToken. To go on: renew them');
    expect(text).toContain('warning before the launch: sg-1 is open');
  });
});
