import { expect, it } from 'vitest';
import { FleetError } from '../fleet-error.ts';
import { failedCall } from './logged-call.ts';
import { decodeCommand, splitRefusal } from './refusal-reason.ts';

const WORDS =
  'You are not authorized to perform this operation. User: x is not authorized to perform: ec2:RunInstances';

it('the words of AWS and what it encoded are told apart, and none of the latter is lost', () => {
  const encoded = 'aZ0_-'.repeat(2000);
  const message = `${WORDS}. Encoded authorization failure message: ${encoded}`;
  expect(splitRefusal(message)).toEqual({ words: `${WORDS}.`, encoded });
  expect(splitRefusal(WORDS)).toEqual({ words: WORDS, encoded: null });
  // More than STS decodes is of no use to anybody.
  expect(splitRefusal(`${message}${'x'.repeat(300)}`)).toEqual({ words: `${WORDS}.`, encoded: null });
});

it('a failed call has it beside its message', () => {
  const error = Object.assign(new Error(`${WORDS}. Encoded authorization failure message: abc123`), {
    name: 'UnauthorizedOperation',
    $metadata: { httpStatusCode: 403 },
  });
  const failed = failedCall('RunInstances', error);
  expect(failed).toBeInstanceOf(FleetError);
  expect(failed.message).not.toContain('abc123');
  expect(failed.call?.encodedReason).toBe('abc123');
  expect(decodeCommand('abc123')).toMatch(/^aws sts decode-authorization-message .*--encoded-message abc123$/);
});
