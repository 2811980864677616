import { expect, it } from 'vitest';
import { whyUnreachable } from './agent-reach.ts';

it.each([
  ['http://127.0.0.1:7600', undefined, true],
  ['https://localhost:7600', undefined, true],
  ['http://[::1]:7600', 'https://ec2.eu-north-1.amazonaws.com', true],
  ['http://127.0.0.1:7600', 'http://127.0.0.1:38263', false],
  ['https://10.0.0.5:7600', undefined, false],
  ['https://controller.internal:7600', undefined, false],
])('an instance told %s by an EC2 at %s is lost: %s', (publicUrl, endpoint, isLost) => {
  expect(whyUnreachable(publicUrl, endpoint) !== null).toBe(isLost);
});
