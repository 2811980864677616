/** The log of AWS calls that only ask, before there is a run: a refusal is their answer, not worth a warning; nothing is kept. */
import type { CallLog } from '../../fleet/aws/logged-call.ts';
import type { CliContext } from '../cli-context.ts';

export function askingCalls({ log, now }: Pick<CliContext, 'log' | 'now'>): CallLog {
  const quiet = { debug: log.debug.bind(log), warn: log.debug.bind(log), error: log.error.bind(log) };
  return {
    repository: { addAwsCall: () => undefined, addEvent: () => undefined, awsCallTotals: () => [] },
    log: quiet,
    now,
  };
}
