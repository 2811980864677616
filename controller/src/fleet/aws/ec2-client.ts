/** The SDK's EC2 clients of one region, loaded when first used: the import alone takes half a second and 130 MB. */
import type { EC2Client, EC2ClientConfig } from '@aws-sdk/client-ec2';

const CONNECT_TIMEOUT_MS = 5000;
const REQUEST_TIMEOUT_MS = 30_000;

/** Where and as whom to call. What is not given comes from the SDK's own chain (environment, profile, instance role). */
export interface AwsOptions {
  readonly ec2Endpoint?: string | undefined;
  readonly ssmEndpoint?: string | undefined;
  readonly stsEndpoint?: string | undefined;
  readonly profile?: string | undefined;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
}

type SharedOptions = Pick<EC2ClientConfig, 'region' | 'profile' | 'credentials' | 'requestHandler'> & {
  /** Handed on to the credential chain: files are read again by each new client, so renewed credentials are seen. */
  readonly ignoreCache: true;
};

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
      ignoreCache: true,
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

export interface Ec2SdkSource {
  get(): Promise<Ec2Sdk>;
  /** The next `get` gives clients that look for credentials anew. */
  renew(): void;
}

interface HttpAnswer {
  readonly headers: Readonly<Record<string, string>>;
}

/** Tells the `Date` of each answer: AWS's clock, whatever ours says. */
function tellDates(client: EC2Client, onDate: (ms: number) => void): EC2Client {
  client.middlewareStack.add(
    (next) => async (args) => {
      const output = await next(args);
      const { headers = {} } = output.response as Partial<HttpAnswer>;
      const at = Date.parse(headers['date'] ?? '');
      if (Number.isFinite(at)) onDate(at);
      return output;
    },
    { step: 'deserialize', priority: 'low', name: 'ptpTesterServerDate' },
  );
  return client;
}

/** The SDK of this region, loaded the first time it is asked for. */
export function createEc2Sdk(access: AwsAccess, onDate: (ms: number) => void): Ec2SdkSource {
  const load = async (): Promise<Ec2Sdk> => {
    const module = await import('@aws-sdk/client-ec2');
    const config = {
      ...access.options,
      ...(access.ec2Endpoint === undefined ? {} : { endpoint: access.ec2Endpoint }),
    };
    return {
      module,
      client: tellDates(new module.EC2Client(config), onDate),
      once: tellDates(new module.EC2Client({ ...config, maxAttempts: 1 }), onDate),
    };
  };
  let loading: Promise<Ec2Sdk> | null = null;
  return {
    get: () => {
      loading ??= load();
      return loading;
    },
    renew: () => {
      loading = null;
    },
  };
}
