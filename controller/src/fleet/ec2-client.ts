/** The SDK's EC2 clients of one region, loaded when first used: the import alone takes half a second and 130 MB. */
import type { EC2Client, EC2ClientConfig } from '@aws-sdk/client-ec2';

const CONNECT_TIMEOUT_MS = 5000;
const REQUEST_TIMEOUT_MS = 30_000;

/** Where and as whom to call. What is not given comes from the SDK's own chain (environment, profile, instance role). */
export interface AwsOptions {
  readonly ec2Endpoint?: string | undefined;
  readonly ssmEndpoint?: string | undefined;
  readonly profile?: string | undefined;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
}

type SharedOptions = Pick<EC2ClientConfig, 'region' | 'profile' | 'credentials' | 'requestHandler'>;

export interface AwsAccess {
  readonly options: SharedOptions & { readonly region: string };
  readonly ec2Endpoint: string | undefined;
  readonly ssmEndpoint: string | undefined;
}

/** The same for every client of a region. */
export function awsAccess(region: string, options: AwsOptions): AwsAccess {
  return {
    options: {
      region,
      ...(options.profile === undefined ? {} : { profile: options.profile }),
      ...(options.credentials === undefined ? {} : { credentials: options.credentials }),
      requestHandler: {
        connectionTimeout: CONNECT_TIMEOUT_MS,
        requestTimeout: REQUEST_TIMEOUT_MS,
        throwOnRequestTimeout: true,
      },
    },
    ec2Endpoint: options.ec2Endpoint,
    ssmEndpoint: options.ssmEndpoint,
  };
}

export interface Ec2Sdk {
  readonly module: typeof import('@aws-sdk/client-ec2');
  /** Retries by itself: for calls that change nothing, or may be repeated. */
  readonly client: EC2Client;
  /** Sends once: after a lost answer, only our own records decide what to do. */
  readonly once: EC2Client;
}

/** A function that gives the SDK of this region, loading it the first time. */
export function createEc2Sdk(access: AwsAccess): () => Promise<Ec2Sdk> {
  const load = async (): Promise<Ec2Sdk> => {
    const module = await import('@aws-sdk/client-ec2');
    const config = {
      ...access.options,
      ...(access.ec2Endpoint === undefined ? {} : { endpoint: access.ec2Endpoint }),
    };
    return {
      module,
      client: new module.EC2Client(config),
      once: new module.EC2Client({ ...config, maxAttempts: 1 }),
    };
  };
  let loading: Promise<Ec2Sdk> | null = null;
  return () => {
    loading ??= load();
    return loading;
  };
}
