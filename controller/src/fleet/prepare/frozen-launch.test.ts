import { describe, expect, it } from 'vitest';
import { madeInstance, madeRun, madeSpec, RUN_ID } from '../../runs/made-run.fixture.ts';
import { madePreparation, madeType } from '../simulated/made-fleet.fixture.ts';
import { freezeLaunch, type LaunchIngredients, requestOf } from './frozen-launch.ts';
import { readUserDataTemplates } from './user-data-templates.ts';

const SPEC = madeSpec(
  {
    placementGroup: 'precise',
    durationS: 3600,
    publicUrl: 'https://controller.example:7600/',
    timeouts: { launchS: 300, agentS: 300, finishS: 120, terminateS: 120, orphanS: 86_400 },
    tags: { team: 'a team' },
  },
  { owner: 'someone' },
);
const RUN = madeRun({}, SPEC);
const INGREDIENTS: LaunchIngredients = {
  run: RUN,
  preparation: madePreparation({ placement: { kind: 'group', name: 'precise', strategy: 'cluster' } }),
  instance: madeInstance({ index: 100_000, attempt: 1000 }),
  token: 'ab'.repeat(32),
  controllerId: '0123456789abcdef',
  templates: await readUserDataTemplates(),
  caPem: null,
  now: RUN.createdAt,
};

function requestWith(change: Partial<LaunchIngredients>) {
  return requestOf(freezeLaunch({ ...INGREDIENTS, ...change }));
}

function userDataOf(change: Partial<LaunchIngredients> = {}): string {
  return Buffer.from(requestWith(change).UserData, 'base64').toString('utf8');
}

describe('frozen launch', () => {
  it('holds one instance that ends with its power and takes its disk along, behind IMDSv2', () => {
    const request = requestWith({});
    expect(request).toMatchObject({
      ImageId: 'ami-1',
      InstanceType: 'c7i.large',
      MinCount: 1,
      MaxCount: 1,
      SubnetId: 'subnet-1',
      SecurityGroupIds: ['sg-1'],
      Placement: { GroupName: 'precise' },
      InstanceInitiatedShutdownBehavior: 'terminate',
      BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { DeleteOnTermination: true } }],
      MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 1 },
    });
    for (const absent of ['KeyName', 'IamInstanceProfile']) expect(request).not.toHaveProperty(absent);
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
    const { TagSpecifications } = requestWith({});
    expect(TagSpecifications.map((entry) => entry.ResourceType)).toEqual(['instance', 'volume', 'network-interface']);
    for (const { Tags } of TagSpecifications) {
      expect(Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value]))).toEqual({
        team: 'a team',
        Name: 'ptp-test-c7i.large-1-20261120-231757',
        'ptp-tester:run': RUN_ID,
        'ptp-tester:index': '100000',
        'ptp-tester:controller': '0123456789abcdef',
        'ptp-tester:owner': 'someone',
        'ptp-tester:temporary': 'true',
        'ptp-tester:heartbeat': '2026-11-20T23:17:57.000Z',
        // 600 s until the last is launched, then 300 + 300 + 3600 + 120 + 120 s and 300 s of slack.
        'ptp-tester:expires-at': '2026-11-21T00:46:57.000Z',
      });
    }
  });

  it("expires by AWS's clock, whatever the controller's says", () => {
    const { TagSpecifications } = requestWith({ preparation: madePreparation({ awsNow: Date.UTC(2030, 0, 1) }) });
    const expiry = TagSpecifications[0]?.Tags.find(({ Key }) => Key === 'ptp-tester:expires-at')?.Value;
    expect(expiry).toBe('2030-01-01T01:29:00.000Z');
  });

  it('arms the switch for the whole life of an instance', () => {
    expect(userDataOf()).toContain("life_s='4740'");
  });

  it('goes to the subnet of its attempt, and to the group that was made for the run', () => {
    const name = `ptp-tester-${RUN_ID}`;
    const preparation = madePreparation({
      types: [madeType({ subnetIds: ['subnet-a', 'subnet-b'], precisionTime: true })],
      securityGroup: { kind: 'temporary', name, vpcId: 'vpc-1', egress: [] },
      placement: { kind: 'temporary_precision_group', name },
    });
    const run = { ...RUN, resources: { securityGroupId: 'sg-new', placementGroup: name } };
    const at = (attempt: number) => requestWith({ run, preparation, instance: madeInstance({ attempt }) });
    expect([1, 2, 3].map((attempt) => at(attempt).SubnetId)).toEqual(['subnet-a', 'subnet-b', 'subnet-a']);
    expect(at(1)).toMatchObject({ SecurityGroupIds: ['sg-new'], Placement: { GroupName: name } });
    const others = { ...preparation, types: [madeType({ precisionTime: false })] };
    expect(requestWith({ run, preparation: others })).not.toHaveProperty('Placement');
    expect(() => requestWith({ preparation })).toThrow(/no security group yet/);
  });

  it('carries key, profile and where the agent file lies when they are given', () => {
    const fleet = { instanceProfile: 'agents', agentUrl: 's3://bucket/agent-{arch}' };
    const run = madeRun({}, { ...SPEC, keyName: 'mine', fleet });
    expect(requestWith({ run })).toMatchObject({ KeyName: 'mine', IamInstanceProfile: { Name: 'agents' } });
    expect(userDataOf({ run })).toContain("agent_url='s3://bucket/agent-x86_64'");
    const arn = 'arn:aws:iam::123456789012:instance-profile/agents';
    const byArn = madeRun({}, { ...SPEC, fleet: { instanceProfile: arn } });
    expect(requestWith({ run: byArn })).toMatchObject({ IamInstanceProfile: { Arn: arn } });
  });
});
