import { describe, expect, it } from 'vitest';
import type { FleetSpec } from '../../runs/fleet-spec.ts';
import { madeSpec } from '../../runs/made-run.fixture.ts';
import type { PlacementGroupInfo } from '../ec2.ts';
import { decidePlacement, type PlacementFacts } from './decide-placement.ts';

function group(change: Partial<PlacementGroupInfo> = {}): PlacementGroupInfo {
  const shape = { strategy: 'cluster', state: 'available', partitionCount: null, parentGroupId: null, tags: {} };
  return { name: 'mine', groupId: 'pg-1', ...shape, ...change };
}

function decide(fleet: Partial<FleetSpec>, change: Partial<PlacementFacts> = {}) {
  const placementGroup = change.given === undefined ? null : 'mine';
  return decidePlacement({
    spec: madeSpec({ placementGroup }, fleet),
    types: [
      { type: 'c7i.large', architectures: [], phcSupport: null, strategies: ['cluster', 'spread'] },
      { type: 'm7i.large', architectures: [], phcSupport: null, strategies: ['cluster', 'spread'] },
    ],
    zoneCount: 1,
    given: null,
    named: null,
    needs: new Map([
      ['c7i.large', 'group'],
      ['m7i.large', 'legacy'],
    ]),
    temporaryName: 'made',
    ...change,
  });
}

describe('placing a run', () => {
  it('makes a precision-time group for the types that need one, and for those alone', () => {
    const { placement, precise, faults } = decide({});
    expect([placement, [...precise], faults]).toEqual([
      { kind: 'temporary_precision_group', name: 'made' },
      ['c7i.large'],
      [],
    ]);
    expect(decide({}, { needs: new Map([['m7i.large', 'legacy']]) }).placement).toEqual({ kind: 'none' });
    expect(decide({ precisionTime: 'off' }).placement).toEqual({ kind: 'none' });
  });

  it('uses a named precision-time group for all types, if it is one', () => {
    const named = group({ name: 'exact', strategy: 'precision-time' });
    const { placement, precise, faults } = decide({ precisionTime: 'exact' }, { named });
    expect(placement).toEqual({ kind: 'group', name: 'exact', strategy: 'precision-time' });
    expect([[...precise], faults]).toEqual([['c7i.large', 'm7i.large'], []]);
    expect(decide({ precisionTime: 'exact' }, { named: group({ name: 'exact' }) }).faults).toEqual([
      'placement group exact is a cluster group, not a precision-time one',
    ]);
    expect(decide({ precisionTime: 'exact' }).faults).toEqual([
      'precision-time placement group exact does not exist in us-east-1',
    ]);
  });

  it('verifies a given group: that it exists, is available, and fits the types', () => {
    expect(decide({}, { given: null }).faults).toEqual(['placement group mine does not exist in us-east-1']);
    expect(decide({}, { given: group({ state: 'deleting' }) }).faults).toEqual([
      'placement group mine is deleting: it must be available',
    ]);
    expect(decide({}, { given: group({ strategy: 'partition' }) }).faults).toHaveLength(2);
    const spec = madeSpec({ placementGroup: 'mine', instanceTypes: [{ type: 'c7i.large', quantity: 8 }] });
    expect(decide({}, { given: group({ strategy: 'spread' }), spec }).faults).toEqual([
      'mine is a spread group: 8 instances, it takes 7 in 1 zone(s)',
    ]);
  });

  it('knows that a cluster group may belong to a precision-time group', () => {
    const given = group({ parentGroupId: 'pg-2' });
    expect([...decide({}, { given }).precise]).toEqual(['c7i.large', 'm7i.large']);
    const named = group({ name: 'exact', groupId: 'pg-2', strategy: 'precision-time' });
    expect(decide({ precisionTime: 'exact' }, { given, named }).faults).toEqual([]);
    const [fault] = decide({ precisionTime: 'exact' }, { given: group(), named }).faults;
    expect(fault).toContain('would have to be a cluster group made with ParentGroupId pg-2');
  });

  it('warns where a given group keeps a type from its precise time', () => {
    const { warnings, precise } = decide({}, { given: group() });
    expect(precise.size).toBe(0);
    expect(warnings).toEqual([
      'mine is a cluster group: AWS recommends one family in it, not c7i, m7i',
      'c7i.large may need a precision-time placement group, and mine (cluster) does not belong to one: a cluster group can be made with ParentGroupId',
    ]);
    expect(decide({ precisionTime: 'off' }, { given: group() }).warnings).toHaveLength(1);
  });
});
