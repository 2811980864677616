/** Subnets, groups, types, images, permissions: what each answer of AWS is judged to be. */
import { describe, expect, it } from 'vitest';
import { madeSpec } from '../../runs/made-run.fixture.ts';
import type { SubnetDetails } from '../aws/ec2-network-calls.ts';
import type { SecurityGroupInfo } from '../ec2.ts';
import type { Asked } from './check.ts';
import { judgePlacement, judgePrecisionTime, judgeSecurityGroup } from './judge-groups.ts';
import { judgePermissions } from './judge-permissions.ts';
import { judgeSubnets } from './judge-subnets.ts';
import { judgeImages, judgeTypes } from './judge-types.ts';

const SUBNET: SubnetDetails = {
  subnetId: 'subnet-1',
  vpcId: 'vpc-1',
  availabilityZone: 'us-east-1a',
  availabilityZoneId: 'use1-az4',
  state: 'available',
  freeAddresses: 10,
  givesPublicAddresses: false,
};
const SPEC = madeSpec({
  instanceTypes: [{ type: 'c7i.large', quantity: 2 }],
  publicUrl: 'https://10.0.0.5:7600',
  securityGroupId: 'sg-1',
  placementGroup: 'mine',
});
const DENIED = { answered: false, why: 'x is denied', remedy: 'allow x', kind: 'permission' } as const;

function known<T>(value: T): Asked<T> {
  return { answered: true, value };
}

describe('judgeSubnets', () => {
  const wishes = { subnetIds: ['subnet-1'], region: 'us-east-1', instances: 3 };
  const judge = (change: Partial<SubnetDetails>, subnetIds = ['subnet-1']) =>
    judgeSubnets(known([{ ...SUBNET, ...change }]), { ...wishes, subnetIds }).map(({ result }) => result);

  it('shows the zone id beside the zone', () => {
    expect(judgeSubnets(known([SUBNET]), wishes)[0]?.reason).toContain('us-east-1a (use1-az4)');
  });

  it('fails for one that does not exist, is not available, or is full', () => {
    expect(judge({}, ['subnet-1', 'subnet-2'])).toEqual(['ok', 'failed']);
    expect(judge({ state: 'pending' })).toEqual(['failed']);
    expect(judge({ freeAddresses: 2 })).toEqual(['failed']);
  });

  it('only warns of a full one when there are others, and wants all in one VPC', () => {
    const both = [
      { ...SUBNET, freeAddresses: 0 },
      { ...SUBNET, subnetId: 'subnet-2' },
    ];
    const two = { ...wishes, subnetIds: ['subnet-1', 'subnet-2'] };
    expect(judgeSubnets(known(both), two).map(({ result }) => result)).toEqual(['warning', 'ok']);
    const apart = [SUBNET, { ...SUBNET, subnetId: 'subnet-2', vpcId: 'vpc-2' }];
    expect(judgeSubnets(known(apart), two)[1]?.reason).toContain('vpc-2');
  });

  it('is skipped, not failed, when looking is denied', () => {
    expect(judgeSubnets(DENIED, wishes).map(({ result }) => result)).toEqual(['skipped']);
  });
});

describe('judgeSecurityGroup', () => {
  const group: SecurityGroupInfo = { groupId: 'sg-1', name: 'g', vpcId: 'vpc-1', ingress: [], egress: [], tags: {} };
  const anywhere = { kind: 'ipv4', value: '0.0.0.0/0' } as const;
  const all = { protocol: '-1', fromPort: null, toPort: null, target: anywhere };
  const judge = (found: SecurityGroupInfo | null, vpcId = 'vpc-1') =>
    judgeSecurityGroup(known(found), { spec: SPEC, vpcId }).map(({ result }) => result);

  it('warns of open ingress and fails when egress does not reach the controller', () => {
    expect(judge({ ...group, egress: [all] })).toEqual(['ok']);
    expect(judge({ ...group, egress: [all], ingress: [all] })).toEqual(['warning']);
    expect(judge(group)).toEqual(['failed']);
  });

  it('fails for one of another VPC, or that is not there', () => {
    expect(judge({ ...group, egress: [all] }, 'vpc-2')).toEqual(['failed']);
    expect(judge(null)).toEqual(['failed']);
  });
});

describe('placement and precision time', () => {
  const nothing = { placement: { kind: 'none' }, faults: [], warnings: [], precise: new Set<string>() } as const;
  const wishes = { spec: SPEC, vpcId: 'vpc-1' };

  it('says what is wrong with a group that was named', () => {
    expect(judgePlacement(known(null), nothing, wishes)[0]?.result).toBe('failed');
    expect(judgePlacement(null, nothing, wishes)).toEqual([]);
  });

  it('warns when a type needs a precision-time group and gets none', () => {
    expect(judgePrecisionTime(nothing, ['c7i.large'], SPEC).result).toBe('warning');
    const precise = { ...nothing, precise: new Set(['c7i.large']) };
    expect(judgePrecisionTime(precise, ['c7i.large'], SPEC).result).toBe('ok');
    expect(judgePrecisionTime(nothing, [], SPEC).result).toBe('ok');
  });
});

describe('judgeTypes', () => {
  const info = { type: 'c7i.large', architectures: ['x86_64'], phcSupport: 'supported' };
  const offer = { type: 'c7i.large', availabilityZone: 'us-east-1a' };
  const judge = (types: readonly (typeof info)[], offers: readonly (typeof offer)[]) =>
    judgeTypes(SPEC, { types: known(types), offerings: known(offers), subnets: [SUBNET], image: null })[0];

  it('says where the type is offered, by zone id, and what the API says of its PHC', () => {
    expect(judge([info], [offer])).toMatchObject({ result: 'ok', reason: expect.stringContaining('use1-az4') });
    expect(judge([{ ...info, phcSupport: 'unsupported' }], [offer])?.result).toBe('warning');
  });

  it('fails where it is not offered, or does not exist', () => {
    expect(judge([info], [])?.reason).toContain('not offered in us-east-1a (use1-az4)');
    expect(judge([], [])?.reason).toContain('does not exist');
  });
});

describe('judgeImages', () => {
  it('wants the image of the parameter to be there, and of the right architecture', () => {
    const image = { imageId: 'ami-1', architecture: 'x86_64', rootDevice: '/dev/xvda' };
    const judge = (found: typeof image | null, architecture = 'x86_64') =>
      judgeImages(SPEC, [{ architecture, parameter: '/aws/x', image: known(found) }])[0]?.result;
    expect(judge(image)).toBe('ok');
    expect(judge(image, 'arm64')).toBe('failed');
    expect(judge(null)).toBe('failed');
  });
});

describe('judgePermissions', () => {
  it('passes on what AWS found wrong with a launch that it would allow', () => {
    const detail = 'RunInstances failed: InvalidParameterValue: Invalid IAM Instance Profile name';
    const answers = [
      { permission: 'ec2:RunInstances', answer: 'allowed', detail, isOptional: false, isDryRun: true },
    ] as const;
    expect(judgePermissions(known(answers))[0]).toMatchObject({
      result: 'warning',
      reason: expect.stringContaining('Invalid IAM Instance Profile name'),
    });
  });

  it('fails for what a run needs, warns for what only these checks need, and does not guess', () => {
    const answers = [
      { permission: 'ec2:RunInstances', answer: 'denied', detail: '', isOptional: false, isDryRun: true },
      { permission: 'ec2:DescribeRouteTables', answer: 'denied', detail: '', isOptional: true, isDryRun: true },
      {
        permission: 'ec2:TerminateInstances',
        answer: 'untold',
        detail: 'only our own could tell',
        isOptional: false,
        isDryRun: true,
      },
    ] as const;
    expect(judgePermissions(known(answers)).map(({ result }) => result)).toEqual(['failed', 'warning', 'skipped']);
  });
});
