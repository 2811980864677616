import { describe, expect, it } from 'vitest';
import type { InstanceRecord, Run } from '../runs/run.ts';
import { freezeLaunch, type LaunchIngredients, requestOf } from './frozen-launch.ts';
import { readUserDataTemplates } from './user-data-templates.ts';

const RUN: Run = {
  id: '20261120-231757-k3f9',
  spec: {
    instanceTypes: [{ type: 'c7i.large', quantity: 1 }],
    region: 'us-east-1',
    subnetId: 'subnet-1',
    amiId: null,
    securityGroupId: 'sg-1',
    placementGroup: 'precise',
    keyName: null,
    durationS: 3600,
    sources: {},
    batch: { maxSamples: 60, maxAgeMs: 5000 },
    spoolMaxBytes: 1 << 28,
    publicUrl: 'https://controller.example:7600/',
    timeouts: { launchS: 300, agentS: 300, finishS: 120, terminateS: 120, orphanS: 86_400 },
    tags: { owner: 'a team' },
  },
  state: 'created',
  createdAt: Date.UTC(2026, 10, 20, 23, 17, 57),
  soakStartedAt: null,
  soakEndsAt: null,
  endedAt: null,
  outcome: null,
  stopReason: null,
};

const INSTANCE: InstanceRecord = {
  run: RUN.id,
  typeIndex: 1,
  index: 100_000,
  attempt: 1000,
  instanceType: 'c7i.large',
  state: 'planned',
  instanceId: null,
  facts: null,
  agentVersion: null,
  ptpStatus: null,
  verdict: null,
  failure: null,
  reachedAt: {},
};

const INGREDIENTS: LaunchIngredients = {
  run: RUN,
  instance: INSTANCE,
  imageId: 'ami-1',
  agentSha256: 'cd'.repeat(32),
  token: 'ab'.repeat(32),
  controllerId: '0123456789abcdef',
  templates: await readUserDataTemplates(),
};

describe('frozen launch', () => {
  it('holds one instance that ends with its power, behind IMDSv2', () => {
    const request = requestOf(freezeLaunch(INGREDIENTS));
    expect(request).toMatchObject({
      ImageId: 'ami-1',
      InstanceType: 'c7i.large',
      MinCount: 1,
      MaxCount: 1,
      SubnetId: 'subnet-1',
      SecurityGroupIds: ['sg-1'],
      Placement: { GroupName: 'precise' },
      InstanceInitiatedShutdownBehavior: 'terminate',
      MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 1 },
    });
    expect(request).not.toHaveProperty('KeyName');
  });

  it('is the same bytes whenever it is made from the same run', () => {
    expect(freezeLaunch({ ...INGREDIENTS })).toEqual(freezeLaunch(INGREDIENTS));
  });

  it('has a client token of at most 64 characters at the largest index and attempt', () => {
    const { clientToken } = freezeLaunch(INGREDIENTS);
    expect(clientToken).toBe('ptp-0123456789abcdef-20261120-231757-k3f9-100000-1000');
    expect(clientToken.length).toBeLessThanOrEqual(64);
    const other = freezeLaunch({ ...INGREDIENTS, controllerId: 'fedcba9876543210' });
    expect(other.clientToken).not.toBe(clientToken);
  });

  it('tags instance, volume and network interface alike', () => {
    const { TagSpecifications } = requestOf(freezeLaunch(INGREDIENTS));
    expect(TagSpecifications.map((entry) => entry.ResourceType)).toEqual(['instance', 'volume', 'network-interface']);
    for (const { Tags } of TagSpecifications) {
      expect(Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value]))).toEqual({
        owner: 'a team',
        Name: 'ptp-test-c7i.large-1-20261120-231757',
        'ptp-tester:run': RUN.id,
        'ptp-tester:index': '100000',
        'ptp-tester:controller': '0123456789abcdef',
        'ptp-tester:temporary': 'true',
        // 600 s until the last is launched, then 300 + 300 + 3600 + 120 + 120 s and 300 s of slack.
        'ptp-tester:expires-at': '2026-11-21T00:46:57.000Z',
      });
    }
  });

  it('arms the switch for the whole life of an instance', () => {
    const { UserData } = requestOf(freezeLaunch(INGREDIENTS));
    expect(Buffer.from(UserData, 'base64').toString('utf8')).toContain("life_s='4740'");
  });
});
