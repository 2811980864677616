/** What the instance metadata service (IMDSv2) says about this machine. */
import type { IdentityProof, InstanceFacts } from '@ptp-tester/wire';
import { areInstanceFacts } from './config.ts';
import type { RequestText, TextRequest } from './request-text.ts';

export const DEFAULT_METADATA_ENDPOINT = 'http://169.254.169.254';

const TOKEN_SECONDS = '300';
const ANSWER_MS = 5_000;

export interface MetadataDependencies {
  readonly endpoint: string;
  readonly request: RequestText;
}

/** The instance identity document (EC2 user guide, "Instance identity documents"). Throws when the service does not answer. */
export async function readInstanceFacts(dependencies: MetadataDependencies): Promise<InstanceFacts> {
  const text = await readIdentityFile('document', dependencies);
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

/** The document of scheduled maintenance; null where none is announced (404). Throws when the service does not answer. */
export async function readScheduledMaintenance(dependencies: MetadataDependencies): Promise<string | null> {
  try {
    return await readMetadata('meta-data/events/maintenance/scheduled', dependencies);
  } catch (error) {
    if (error instanceof MetadataStatusError && error.status === 404) return null;
    throw error;
  }
}

function readIdentityFile(name: string, dependencies: MetadataDependencies): Promise<string> {
  return readMetadata(`dynamic/instance-identity/${name}`, dependencies);
}

/** A token for each question: they are asked minutes apart. */
async function readMetadata(path: string, { endpoint, request }: MetadataDependencies): Promise<string> {
  const base = endpoint.replace(/\/+$/, '');
  const token = await ask(request, `${base}/latest/api/token`, {
    method: 'PUT',
    headers: { 'X-aws-ec2-metadata-token-ttl-seconds': TOKEN_SECONDS },
  });
  return ask(request, `${base}/latest/${path}`, {
    method: 'GET',
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

async function ask(request: RequestText, url: string, options: Omit<TextRequest, 'timeoutMs'>): Promise<string> {
  const { status, text } = await request(url, { ...options, timeoutMs: ANSWER_MS });
  if (status < 200 || status >= 300) throw new MetadataStatusError(url, status);
  return text;
}
