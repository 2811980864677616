import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { readInstanceFacts, readScheduledMaintenance } from './instance-facts.ts';
import { requestText } from './request-text.ts';

let end: () => void = () => undefined;
afterEach(() => end());

const DOCUMENT = {
  instanceId: 'i-0123456789abcdef0',
  instanceType: 'c7gn.metal',
  availabilityZone: 'eu-north-1a',
  region: 'eu-north-1',
  architecture: 'arm64',
  imageId: 'ami-1',
  privateIp: '10.0.0.9',
  accountId: '123456789012',
};

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  end = () => server.close();
  await new Promise((resolve) => server.once('listening', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** As IMDSv2 does: no token, no answer (EC2 user guide, "Use IMDS"). */
function strict(document: object) {
  return (request: IncomingMessage, response: ServerResponse) => {
    if (request.method === 'PUT' && request.url === '/latest/api/token') {
      response.statusCode = request.headers['x-aws-ec2-metadata-token-ttl-seconds'] === undefined ? 400 : 200;
      response.end('the-token');
      return;
    }
    const isAllowed = request.headers['x-aws-ec2-metadata-token'] === 'the-token';
    const isDocument = request.url === '/latest/dynamic/instance-identity/document';
    response.statusCode = isAllowed && isDocument ? 200 : 401;
    response.end(JSON.stringify(document));
  };
}

test('the identity document is read with a token, and only what is needed is kept', async () => {
  const endpoint = await serve(strict(DOCUMENT));
  expect(await readInstanceFacts({ endpoint: `${endpoint}/`, request: requestText })).toEqual({
    instance_id: 'i-0123456789abcdef0',
    instance_type: 'c7gn.metal',
    availability_zone: 'eu-north-1a',
    region: 'eu-north-1',
    architecture: 'arm64',
    image_id: 'ami-1',
    private_ip: '10.0.0.9',
  });
});

test('a document without an instance id is refused', async () => {
  const endpoint = await serve(strict({ ...DOCUMENT, instanceId: undefined }));
  await expect(readInstanceFacts({ endpoint, request: requestText })).rejects.toThrow('lacks fields');
});

test('a service that refuses is named with its answer', async () => {
  const endpoint = await serve((_, response) => {
    response.statusCode = 403;
    response.end();
  });
  await expect(readInstanceFacts({ endpoint, request: requestText })).rejects.toThrow(/api\/token answered 403/);
});

test('an answer without end is not taken', async () => {
  const endpoint = await serve((_, response) => {
    response.end('x'.repeat(100_000));
  });
  await expect(readInstanceFacts({ endpoint, request: requestText })).rejects.toThrow('longer than 65536 bytes');
});

test('a service that is not there is named', async () => {
  const endpoint = 'http://127.0.0.1:1';
  await expect(readInstanceFacts({ endpoint, request: requestText })).rejects.toThrow('ECONNREFUSED');
});

test.each([
  { what: 'no document is no maintenance', status: 404, text: 'Not Found', answer: null },
  { what: 'a document is handed on as it is', status: 200, text: '[]', answer: '[]' },
])('$what', async ({ status, text, answer }) => {
  const endpoint = await serve((request, response) => {
    const isToken = request.method === 'PUT';
    const isWanted = request.url === '/latest/meta-data/events/maintenance/scheduled';
    response.statusCode = isToken || !isWanted ? 200 : status;
    response.end(isToken ? 'the-token' : text);
  });
  expect(await readScheduledMaintenance({ endpoint, request: requestText })).toBe(answer);
});

test('maintenance that cannot be asked for is not "none"', async () => {
  const endpoint = await serve((_, response) => {
    response.statusCode = 503;
    response.end();
  });
  await expect(readScheduledMaintenance({ endpoint, request: requestText })).rejects.toThrow('503');
});
