import { expect, test } from 'vitest';
import { changedConditions } from './conditions.ts';
import { codeOf, imageIdOf, madeContext } from './made-context.fixture.ts';
import { createPlacementGroup, deletePlacementGroup, describePlacementGroups } from './placement-groups.ts';
import { runInstances } from './run-instances.ts';

test('a cluster group can be within a precision-time group, which stays as long as that is there', () => {
  const context = madeContext();
  const parent = createPlacementGroup({ GroupName: 'time', Strategy: 'precision-time' }, context).PlacementGroup;
  const parentId = parent?.GroupId;
  const child = createPlacementGroup({ GroupName: 'c', Strategy: 'cluster', ParentGroupId: parentId }, context);
  expect(child.PlacementGroup).toMatchObject({ Strategy: 'cluster', ParentGroupId: parentId });
  expect(codeOf(() => deletePlacementGroup({ GroupName: 'time' }, context))).toBe('InvalidPlacementGroup.InUse');
  deletePlacementGroup({ GroupName: 'c' }, context);
  expect(codeOf(() => deletePlacementGroup({ GroupName: 'time' }, context))).toBe('accepted');
});

test.each([
  ['InvalidPlacementGroup.Unknown', { Strategy: 'cluster', ParentGroupId: 'pg-0' }],
  ['InvalidParameterCombination', { Strategy: 'spread', ParentGroupId: 'pg-0' }],
  ['InvalidParameterCombination', { Strategy: 'cluster', PartitionCount: 2 }],
  ['InvalidParameterValue', { Strategy: 'partition', PartitionCount: 8 }],
  ['InvalidParameterValue', { Strategy: 'precise' as 'cluster' }],
] as const)('%s is the answer to %o', (code, more) => {
  const context = madeContext();
  expect(codeOf(() => createPlacementGroup({ GroupName: 'g', ...more }, context))).toBe(code);
});

test('a cluster group cannot be within another cluster group', () => {
  const context = madeContext();
  const { PlacementGroup: other } = createPlacementGroup({ GroupName: 'a', Strategy: 'cluster' }, context);
  const nested = { GroupName: 'b', Strategy: 'cluster', ParentGroupId: other?.GroupId } as const;
  expect(codeOf(() => createPlacementGroup(nested, context))).toBe('InvalidParameterValue');
});

test('a type that cannot be in a group is refused at launch, one that can is shown with it', () => {
  const context = madeContext();
  const launch = (type: 'm7i.large' | 'm5.large' | 't3.micro', group: string) =>
    runInstances(
      {
        ImageId: imageIdOf(context, 'x86_64'),
        InstanceType: type,
        MinCount: 1,
        MaxCount: 1,
        Placement: { GroupName: group },
      },
      context,
    );
  const { PlacementGroup: time } = createPlacementGroup({ GroupName: 'time', Strategy: 'precision-time' }, context);
  createPlacementGroup({ GroupName: 'cluster', Strategy: 'cluster' }, context);
  expect(codeOf(() => launch('t3.micro', 'time'))).toBe('InvalidParameterCombination');
  expect(codeOf(() => launch('t3.micro', 'cluster'))).toBe('InvalidParameterCombination');
  // What is not known to have no PHC is let in.
  expect(codeOf(() => launch('m5.large', 'time'))).toBe('accepted');
  const [instance] = launch('m7i.large', 'time').Instances ?? [];
  expect(instance?.Placement).toMatchObject({ GroupName: 'time', GroupId: time?.GroupId });
});

test('a group may be pending first, and deleting for a while', () => {
  const context = madeContext();
  context.account.conditions = changedConditions(context.account.conditions, { slow: { placementGroupMs: 200 } });
  const state = () => describePlacementGroups({ GroupNames: ['g'] }, context).PlacementGroups?.[0]?.State;
  createPlacementGroup({ GroupName: 'g', Strategy: 'cluster' }, context);
  expect(state()).toBe('pending');
  context.nowMs += 200;
  expect(state()).toBe('available');
  deletePlacementGroup({ GroupName: 'g' }, context);
  expect(state()).toBe('deleting');
  context.nowMs += 200;
  expect(codeOf(state)).toBe('InvalidPlacementGroup.Unknown');
});
