import { expect, test } from 'vitest';
import { readIdentityProof } from './instance-facts.ts';

const SERVICE = 'http://metadata.example/latest';

function proofFrom(signature: { readonly status: number; readonly text: string }) {
  const answers: Record<string, { status: number; text: string }> = {
    [`${SERVICE}/api/token`]: { status: 200, text: 'session' },
    [`${SERVICE}/dynamic/instance-identity/document`]: { status: 200, text: '{"instanceId":"i-1"}' },
    [`${SERVICE}/dynamic/instance-identity/signature`]: signature,
  };
  const request = (url: string) => Promise.resolve(answers[url] ?? { status: 400, text: url });
  return readIdentityProof({ endpoint: 'http://metadata.example/', request });
}

test('the signed document goes to the controller as the service gives it', async () => {
  expect(await proofFrom({ status: 200, text: 'c2ln\nbmF0' })).toEqual({
    document: '{"instanceId":"i-1"}',
    signature: 'c2ln\nbmF0',
  });
});

test('a service without signatures is no failure, one that fails is', async () => {
  expect(await proofFrom({ status: 404, text: '' })).toBeNull();
  await expect(proofFrom({ status: 503, text: '' })).rejects.toThrow('signature answered 503');
});
