/** What the instance metadata service (IMDSv2) says about this machine. */
import type { IdentityProof, InstanceFacts } from '@ptp-tester/wire';
import { areInstanceFacts } from './config.ts';

export const DEFAULT_METADATA_ENDPOINT = 'http://169.254.169.254';

const TOKEN_SECONDS = '300';
const ANSWER_MS = 5_000;

export interface MetadataDependencies {
  readonly endpoint: string;
  readonly fetch: typeof fetch;
}

/** The instance identity document (EC2 user guide, "Instance identity documents"). Throws when the service does not answer. */
export async function readInstanceFacts({ endpoint, fetch }: MetadataDependencies): Promise<InstanceFacts> {
  const text = await readIdentityFile('document', { endpoint, fetch });
  const document = JSON.parse(text) as Record<string, unknown>;
  const facts: unknown = {
    instance_id: document['instanceId'],
    instance_type: document['instanceType'],
    availability_zone: document['availabilityZone'],
    region: document['region'],
    architecture: document['architecture'],
    image_id: document['imageId'] ?? null,
    private_ip: document['privateIp'] ?? null,
  };
  if (!areInstanceFacts(facts)) throw new Error('the instance identity document lacks fields or has wrong ones');
  return facts;
}

/** The document with AWS's signature of it; null where the service has none. Throws when it does not answer. */
export async function readIdentityProof(dependencies: MetadataDependencies): Promise<IdentityProof | null> {
  const document = await readIdentityFile('document', dependencies);
  try {
    return { document, signature: await readIdentityFile('signature', dependencies) };
  } catch (error) {
    if (error instanceof MetadataStatusError && error.status === 404) return null;
    throw error;
  }
}

async function readIdentityFile(name: string, { endpoint, fetch }: MetadataDependencies): Promise<string> {
  const base = endpoint.replace(/\/+$/, '');
  const token = await ask(fetch, `${base}/latest/api/token`, {
    method: 'PUT',
    headers: { 'X-aws-ec2-metadata-token-ttl-seconds': TOKEN_SECONDS },
  });
  return ask(fetch, `${base}/latest/dynamic/instance-identity/${name}`, {
    headers: { 'X-aws-ec2-metadata-token': token },
  });
}

class MetadataStatusError extends Error {
  readonly status: number;

  constructor(url: string, status: number) {
    super(`${url} answered ${status}`);
    this.status = status;
  }
}

async function ask(fetchOne: typeof fetch, url: string, init: RequestInit): Promise<string> {
  const response = await fetchOne(url, { ...init, signal: AbortSignal.timeout(ANSWER_MS) });
  if (!response.ok) throw new MetadataStatusError(url, response.status);
  return response.text();
}
