import { expect, it } from 'vitest';
import type { RunPreparation } from '../../runs/run-preparation.ts';
import { planText, preparationJson, preparationText } from './run-plan.ts';

const PREPARATION: RunPreparation = {
  subnets: [{ subnetId: 'subnet-1', vpcId: 'vpc-1', availabilityZone: 'eu-north-1a', availabilityZoneId: 'eun1-az1' }],
  types: [
    {
      type: 'c7i.large',
      architecture: 'x86_64',
      imageId: 'ami-1',
      rootDevice: null,
      agentSha256: '',
      phcSupport: 'supported',
      subnetIds: ['subnet-1'],
      precisionTime: false,
      scopeWarning: 'tested outside a precision-time placement group',
    },
  ],
  securityGroup: {
    kind: 'temporary',
    name: 'g',
    vpcId: 'vpc-1',
    egress: [{ protocol: 'tcp', fromPort: 7600, toPort: 7600, cidr: '10.0.0.5/32', reason: 'agents report' }],
  },
  placement: { kind: 'none' },
  awsNow: 0,
  warnings: ['sg-1 is open'],
};

it('the plan shows each value with its origin, and the region also when nobody gave it', () => {
  const effective = [{ name: 'duration', value: '14d', from: 'configuration file' }] as const;
  const text = planText({ region: 'eu-north-1', effective, hours: { typical: 672, atMost: 700.5 } });
  expect(text).toMatch(/^duration +14d {2}\(configuration file\)$/m);
  expect(text).toMatch(/^region +eu-north-1 {2}\(where the subnet is\)$/m);
  expect(text).toMatch(/^instance-hours +672\.00 for the soak, 700\.50 at most$/m);
});

it('what AWS says is shown before anything is launched: image, zone id, the prior of the PHC, egress, every warning', () => {
  const text = preparationText(PREPARATION);
  for (const words of [
    'ami-1',
    'eun1-az1',
    'PHC supported',
    'tcp 7600 to 10.0.0.5/32',
    'sg-1 is open',
    'c7i.large: tested',
  ]) {
    expect(text).toContain(words);
  }
});

it('a port that is chosen only when the run begins is not shown as port 0', () => {
  const { securityGroup } = PREPARATION;
  if (securityGroup.kind !== 'temporary') throw new Error('made so above');
  const egress = securityGroup.egress.map((rule) => ({ ...rule, fromPort: 0, toPort: 0 }));
  const open = { ...PREPARATION, securityGroup: { ...securityGroup, egress } };
  expect(preparationText(open)).toContain('tcp a free port, chosen when it starts, to 10.0.0.5/32');
  expect(JSON.parse(preparationJson(open))).toMatchObject({ egress: [{ protocol: 'tcp', port: null }] });
});

it('the same as JSON has snake_case keys only', () => {
  const keys = [...preparationJson(PREPARATION).matchAll(/"(\w+)":/g)].map((match) => match[1] ?? '');
  expect(keys.length).toBeGreaterThan(15);
  expect(keys.filter((key) => /[A-Z]/.test(key))).toEqual([]);
});
