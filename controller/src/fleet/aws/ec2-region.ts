/** In which region a subnet lies, where the user did not say. */
import type { EC2Client } from '@aws-sdk/client-ec2';
import type { AwsOptions } from './ec2-client.ts';
import { awsAccess } from './ec2-client.ts';

/** Where the list of regions is asked for when the credentials name none. */
const ANY_REGION = 'us-east-1';

/** The region that environment or profile name; one that always exists when they name none. */
export async function regionOfCredentials(aws: AwsOptions): Promise<string> {
  const { EC2Client } = await import('@aws-sdk/client-ec2');
  const profile = aws.profile === undefined ? {} : { profile: aws.profile };
  return await new EC2Client(profile).config.region().catch(() => ANY_REGION);
}

/** The region of the credentials if the subnet is there, else the one that has it; null when none has. Rejects with the SDK's errors. */
export async function findRegionOfSubnet(subnetId: string, aws: AwsOptions): Promise<string | null> {
  const { DescribeRegionsCommand, DescribeSubnetsCommand, EC2Client } = await import('@aws-sdk/client-ec2');
  const clientIn = (region: string): EC2Client => {
    const { options, ec2Endpoint } = awsAccess(region, aws);
    return new EC2Client({ ...options, ...(ec2Endpoint === undefined ? {} : { endpoint: ec2Endpoint }) });
  };
  const hasSubnet = async (region: string): Promise<boolean> => {
    try {
      await clientIn(region).send(new DescribeSubnetsCommand({ SubnetIds: [subnetId] }));
      return true;
    } catch (error) {
      if (error instanceof Error && error.name === 'InvalidSubnetID.NotFound') return false;
      throw error;
    }
  };
  const own = await regionOfCredentials(aws);
  if (await hasSubnet(own)) return own;
  const { Regions = [] } = await clientIn(own).send(new DescribeRegionsCommand({}));
  const others = Regions.flatMap(({ RegionName: name }) => (name === undefined || name === own ? [] : [name]));
  const found = await Promise.all(others.map(async (region) => ((await hasSubnet(region)) ? region : null)));
  return found.find((region) => region !== null) ?? null;
}
