/** The reason that AWS encodes into an UnauthorizedOperation: kept whole, since only the account's owner can decode it. */
import type { RunRepository } from '../../runs/run-repository.ts';
import type { FailedCall } from '../fleet-error.ts';

/** "Encoded authorization failure message" is how EC2 puts it at the end of its own words. */
const ENCODED = /\s*Encoded authorization failure message:\s*(\S+).*/s;
/** STS decodes no more ("DecodeAuthorizationMessage", STS API reference). */
const LONGEST = 10_240;

/** What was encoded in the message of a failed call, and the message without it. */
export function splitRefusal(message: string): { readonly words: string; readonly encoded: string | null } {
  const encoded = ENCODED.exec(message)?.[1]?.replace(/\.$/, '') ?? null;
  return {
    words: message.replace(ENCODED, ''),
    encoded: encoded === null || encoded.length > LONGEST ? null : encoded,
  };
}

/** The command that shows the policy, statement and condition which decided; it needs sts:DecodeAuthorizationMessage. */
export function decodeCommand(encoded: string): string {
  return `aws sts decode-authorization-message --query DecodedMessage --output text --encoded-message ${encoded}`;
}

interface DenialContext {
  readonly repository: Pick<RunRepository, 'awsCallTotals' | 'addEvent'>;
  now(): number;
}

/** Tells the first refusal of each action of a run. To be called before the call itself is written down. */
export function tellRefusal(run: string, call: FailedCall, { repository, now }: DenialContext): void {
  const { action, awsCode, encodedReason, requestId } = call;
  if (encodedReason === null) return;
  const isKnown = repository.awsCallTotals(run).some((one) => one.action === action && one.result === awsCode);
  if (isKnown) return;
  const detail = { action, code: awsCode, request_id: requestId, decode: decodeCommand(encodedReason) };
  repository.addEvent({ run, instanceId: null, event: 'call_denied', at: now(), detail });
}
