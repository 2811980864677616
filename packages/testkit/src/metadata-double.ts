/** The part of the instance metadata service (IMDSv2) that the agent asks, on a real socket. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface MetadataDouble {
  /** For `AWS_EC2_METADATA_SERVICE_ENDPOINT`. */
  readonly url: string;
  close(): void;
}

const TOKEN = 'metadata-token';

/** Answers the token request and, with the token, the instance identity document. */
export async function startMetadataDouble(instanceId = 'i-0123456789abcdef0'): Promise<MetadataDouble> {
  const document = {
    instanceId,
    instanceType: 'm7i.large',
    availabilityZone: 'local-a',
    region: 'local',
    architecture: 'x86_64',
    imageId: 'ami-00000000',
    privateIp: '10.0.0.1',
  };
  const server = createServer((request, response) => {
    const isToken = request.method === 'PUT' && request.url === '/latest/api/token';
    const isAllowed = isToken || request.headers['x-aws-ec2-metadata-token'] === TOKEN;
    response.statusCode = isAllowed ? 200 : 401;
    response.end(isToken ? TOKEN : JSON.stringify(document));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}
