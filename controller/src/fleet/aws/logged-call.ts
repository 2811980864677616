/** Carries out one call of the EC2 or SSM API: audited in the control database, logged, its failure turned into a `FleetError`. */

import type { RunId } from '../../runs/run.ts';
import type { RunRepository } from '../../runs/run-repository.ts';
import { adviceFor } from '../decide/explain-failure.ts';
import { FleetError } from '../fleet-error.ts';
import type { FleetLog } from '../fleet-log.ts';
import { type AwsFailure, classifyError, isRefusal } from './classify-error.ts';
import { splitRefusal, tellRefusal } from './refusal-reason.ts';

export interface CallLog {
  readonly repository: Pick<RunRepository, 'addAwsCall' | 'awsCallTotals' | 'addEvent'>;
  readonly log: FleetLog;
  /** Milliseconds since 1970. */
  now(): number;
}

interface CallMetadata {
  readonly httpStatusCode?: number | undefined;
  readonly attempts?: number | undefined;
  readonly requestId?: string | undefined;
}

interface CallAnswer {
  readonly $metadata: CallMetadata;
}

function metadataOf(value: unknown): CallMetadata {
  const metadata = typeof value === 'object' && value !== null && '$metadata' in value ? value.$metadata : null;
  return typeof metadata === 'object' && metadata !== null ? metadata : {};
}

/** Local errors have their name in `code` (ECONNRESET, which the SDK calls TimeoutError), those of the service in `name`. */
function describeFailure(error: unknown): AwsFailure {
  const httpStatus = metadataOf(error).httpStatusCode ?? null;
  if (!(error instanceof Error)) return { name: 'unknown', httpStatus };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : null;
  return { name: httpStatus === null && code !== null ? code : error.name, httpStatus };
}

const LONGEST_MESSAGE = 500;

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function failedCall(action: string, error: unknown): FleetError {
  const failure = describeFailure(error);
  const kind = classifyError(failure);
  const requestId = metadataOf(error).requestId ?? null;
  // The encoded reason is a kilobyte, and would hide the words.
  const { words, encoded } = splitRefusal(error instanceof Error ? error.message : String(error));
  const call = {
    action,
    kind,
    awsCode: failure.name,
    refused: isRefusal(failure),
    requestId,
    encodedReason: encoded,
  };
  const advice = adviceFor(call);
  const message = `${action} failed: ${failure.name}: ${words.slice(0, LONGEST_MESSAGE).replace(/[\s.]+$/, '')}`;
  return new FleetError('call_failed', advice === '' ? message : `${message}. ${capitalised(advice)}`, {
    call,
    cause: error,
  });
}

/** Sends, and writes down that it was sent and what came of it. No parameter goes into any log. */
export async function loggedCall<Answer extends CallAnswer>(
  call: { readonly action: string; readonly run: RunId | null },
  { repository, log, now }: CallLog,
  send: () => Promise<Answer>,
): Promise<Answer> {
  const at = now();
  const finish = (outcome: unknown, result: string): void => {
    const { attempts = 1, requestId = null } = metadataOf(outcome);
    const entry = { run: call.run, action: call.action, at, durationMs: now() - at, attempts, requestId, result };
    repository.addAwsCall(entry);
    // A dry run that would be allowed ends in an error too.
    log[result === 'ok' || result === 'DryRunOperation' ? 'debug' : 'warn'](entry, 'aws call');
  };
  let answer: Answer;
  try {
    answer = await send();
  } catch (error) {
    const failure = failedCall(call.action, error);
    if (call.run !== null && failure.call !== null) tellRefusal(call.run, failure.call, { repository, now });
    finish(error, failure.call?.awsCode ?? 'unknown');
    throw failure;
  }
  finish(answer, 'ok');
  return answer;
}
