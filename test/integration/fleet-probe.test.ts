/** What doctor learns about permissions, on local-ec2. */
import { probePermissions } from '../../controller/src/fleet/aws/ec2-probe.ts';
import { imageParameter } from '../../controller/src/fleet/aws/ssm-parameter.ts';
import { CREDENTIALS, type FleetSite } from './fleet-site.ts';
import { fleetIt } from './fleet-test.ts';

const log = { debug: () => undefined, warn: () => undefined, error: () => undefined };
async function probe(site: FleetSite, ssmDiagnostics = false) {
  const { region, subnetIds, endpoint, ssmEndpoint } = site.ec2;
  const preparation = await site.driver.checkRun(site.small());
  const [subnet] = preparation.subnets;
  const request = {
    region,
    subnetId: subnetIds[0] ?? '',
    vpcId: subnet?.vpcId ?? '',
    instanceType: 'c7i.large',
    imageId: preparation.types[0]?.imageId ?? '',
    securityGroupId: null,
    instanceProfile: null,
    parameter: imageParameter('x86_64', 'default'),
    ssmDiagnostics,
  };
  const options = { controllerId: 'doctor', ec2Endpoint: endpoint, ssmEndpoint, credentials: CREDENTIALS };
  return probePermissions(request, options, { repository: site.repository, log, now: Date.now });
}

fleetIt.concurrent(
  'permissions are allowed, denied, or only to be told by a resource of our own; nothing is made',
  async ({ site, expect }) => {
    const answers = new Map((await probe(site)).map(({ permission, answer }) => [permission, answer]));
    for (const permission of ['ec2:RunInstances', 'ec2:CreateSecurityGroup', 'ec2:DescribeTags', 'ssm:GetParameter']) {
      expect(answers.get(permission), permission).toBe('allowed');
    }
    expect(answers.get('ec2:TerminateInstances')).toBe('untold');
    site.ec2.changeConditions({ denied: [{ action: 'ec2:RunInstances' }, { action: 'ec2:CreatePlacementGroup' }] });
    const denied = (await probe(site)).filter(({ answer }) => answer === 'denied');
    expect(denied.map(({ permission }) => permission).sort()).toEqual(['ec2:CreatePlacementGroup', 'ec2:RunInstances']);
    for (const { detail } of denied) expect(detail).toContain('UnauthorizedOperation');
    expect(site.ec2.instances()).toEqual([]);
    await site.nothingIsLeft();
  },
);

fleetIt.concurrent(
  'what diagnostics need of SSM is asked only where they are wanted, and no command is sent',
  async ({ site, expect }) => {
    const ofSsm = async () => {
      const answers = (await probe(site, true)).filter(({ permission }) => permission.startsWith('ssm:'));
      return answers.map(({ permission, answer }) => `${permission} ${answer}`);
    };
    expect((await probe(site)).map(({ permission }) => permission)).not.toContain('ssm:SendCommand');
    const rest = ['ssm:SendCommand untold'];
    expect(await ofSsm()).toEqual([
      ...['ssm:GetParameter allowed', 'ssm:DescribeInstanceInformation allowed', 'ssm:GetCommandInvocation allowed'],
      ...rest,
    ]);
    site.ec2.changeConditions({
      denied: [{ action: 'ssm:DescribeInstanceInformation' }, { action: 'ssm:GetCommandInvocation' }],
    });
    expect(await ofSsm()).toEqual([
      ...['ssm:GetParameter allowed', 'ssm:DescribeInstanceInformation denied', 'ssm:GetCommandInvocation denied'],
      ...rest,
    ]);
  },
);
