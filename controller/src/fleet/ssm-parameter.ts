/** Reads the public SSM parameters that name the newest Amazon Linux 2023 images. Loads the SDK when first used. */
import type { GetParameterCommandOutput } from '@aws-sdk/client-ssm';
import type { Architecture } from './ec2.ts';
import type { AwsAccess } from './ec2-client.ts';

export type GetParameter = (name: string) => Promise<GetParameterCommandOutput>;

/** `kernel-default` moves to the newest long-term kernel once a year; the image id is recorded with each launch. */
export function imageParameter(architecture: Architecture): string {
  return `/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-${architecture}`;
}

/** A function that reads one parameter in this region. */
export function createGetParameter(access: AwsAccess): GetParameter {
  const load = async () => {
    const { GetParameterCommand, SSMClient } = await import('@aws-sdk/client-ssm');
    const endpoint = access.ssmEndpoint === undefined ? {} : { endpoint: access.ssmEndpoint };
    const client = new SSMClient({ ...access.options, ...endpoint });
    return (name: string) => client.send(new GetParameterCommand({ Name: name }));
  };
  let loading: ReturnType<typeof load> | null = null;
  return async (name) => {
    loading ??= load();
    return (await loading)(name);
  };
}
