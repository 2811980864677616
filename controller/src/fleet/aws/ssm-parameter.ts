/** Reads SSM parameters that name images. Loads the SDK when first used. */
import type { GetParameterCommandOutput } from '@aws-sdk/client-ssm';
import type { Architecture } from '../ec2.ts';
import type { AwsAccess } from './ec2-client.ts';

export interface ParameterReader {
  get(name: string): Promise<GetParameterCommandOutput>;
  /** The next `get` looks for credentials anew. */
  renew(): void;
}

const KERNEL_LINE = /^(default|\d+\.\d+)$/;

/** Whether this can be a kernel line of Amazon Linux 2023: `default`, `6.1`, `6.12`, ... */
export function isKernelLine(text: string): boolean {
  return KERNEL_LINE.test(text);
}

/**
 * The public parameter of the newest Amazon Linux 2023 image. `kernel-default` moves to the newest long-term kernel once a
 * year, so comparable soaks name a line; either way the image id is recorded with the run.
 */
export function imageParameter(architecture: Architecture, kernel: string): string {
  return `/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-${kernel}-${architecture}`;
}

/** Reads parameters of this region. */
export function createParameterReader(access: AwsAccess): ParameterReader {
  const load = async () => {
    const { GetParameterCommand, SSMClient } = await import('@aws-sdk/client-ssm');
    const endpoint = access.ssmEndpoint === undefined ? {} : { endpoint: access.ssmEndpoint };
    const client = new SSMClient({ ...access.options, ...endpoint });
    return (name: string) => client.send(new GetParameterCommand({ Name: name }));
  };
  let loading: ReturnType<typeof load> | null = null;
  return {
    get: async (name) => {
      loading ??= load();
      return (await loading)(name);
    },
    renew: () => {
      loading = null;
    },
  };
}
